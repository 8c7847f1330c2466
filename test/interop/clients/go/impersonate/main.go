// Command impersonate GETs a URL with an ID token of another account for an audience.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"

	"countersign/interop/emulator"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/impersonate"
	"google.golang.org/api/option"
)

// emulated sends what is meant for Google to the emulator: impersonate's endpoint is fixed.
type emulated struct{ base *url.URL }

func (e emulated) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.URL.Scheme, request.URL.Host = e.base.Scheme, e.base.Host
	return http.DefaultTransport.RoundTrip(request)
}

// optionsOf take the emulator in the place of IAM Credentials, if its guard lets it count.
func optionsOf(ctx context.Context) ([]option.ClientOption, error) {
	base, err := emulator.URL(os.Environ())
	if base == nil || err != nil {
		return nil, err
	}
	source, err := google.DefaultTokenSource(ctx, "https://www.googleapis.com/auth/cloud-platform")
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: &oauth2.Transport{Source: source, Base: emulated{base}}}
	return []option.ClientOption{option.WithHTTPClient(client)}, nil
}

// get GETs url as the account with this email, with a token for audience.
func get(ctx context.Context, url, audience, email string) ([]byte, error) {
	options, err := optionsOf(ctx)
	if err != nil {
		return nil, err
	}
	config := impersonate.IDTokenConfig{Audience: audience, TargetPrincipal: email, IncludeEmail: true}
	tokens, err := impersonate.IDTokenSource(ctx, config, options...)
	if err != nil {
		return nil, err
	}
	response, err := oauth2.NewClient(ctx, tokens).Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != 200 {
		return nil, fmt.Errorf("%s answered %s", url, response.Status)
	}
	return io.ReadAll(response.Body)
}

func main() {
	body, err := get(context.Background(), os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(body))
}
