// Command verify says of each line of standard input who signed it, or why it is refused.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"countersign/interop/emulator"

	"google.golang.org/api/idtoken"
)

var allow = []string{"login-run@acme.iam.gserviceaccount.com"}

// emulated sends what is meant for Google to the emulator: idtoken's certificate URL is fixed.
type emulated struct{ base *url.URL }

func (e emulated) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.URL.Scheme, request.URL.Host = e.base.Scheme, e.base.Host
	return http.DefaultTransport.RoundTrip(request)
}

// newValidator takes the emulator's keys in the place of Google's, if its guard lets it count.
func newValidator(ctx context.Context) (*idtoken.Validator, error) {
	base, err := emulator.URL(os.Environ())
	if err != nil {
		return nil, err
	}
	if base == nil {
		return idtoken.NewValidator(ctx)
	}
	client := &http.Client{Transport: emulated{base}}
	return idtoken.NewValidator(ctx, idtoken.WithHTTPClient(client))
}

// callerOf is the caller's email; idtoken itself checks neither the issuer nor who it is.
func callerOf(ctx context.Context, validator *idtoken.Validator, token, audience string) (string, error) {
	payload, err := validator.Validate(ctx, token, audience)
	if err != nil {
		return "", err
	}
	if payload.Issuer != "https://accounts.google.com" && payload.Issuer != "accounts.google.com" {
		return "", errors.New("wrong issuer")
	}
	email, _ := payload.Claims["email"].(string)
	if verified, _ := payload.Claims["email_verified"].(bool); !verified || !slices.Contains(allow, email) {
		return "", errors.New("caller not allowed")
	}
	return email, nil
}

func main() {
	ctx := context.Background()
	validator, err := newValidator(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		email, err := callerOf(ctx, validator, lines.Text(), os.Args[1])
		if err != nil {
			email = "refused: " + strings.TrimPrefix(err.Error(), "idtoken: ")
		}
		fmt.Println(email)
	}
}
