// Command call GETs a URL with an ID token for an audience.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"google.golang.org/api/idtoken"
)

// get GETs url with a token for audience: the service's own URL, wherever it is called.
func get(ctx context.Context, url, audience string) ([]byte, error) {
	client, err := idtoken.NewClient(ctx, audience)
	if err != nil {
		return nil, err
	}
	response, err := client.Get(url)
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
	body, err := get(context.Background(), os.Args[1], os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(body))
}
