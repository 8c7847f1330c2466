// Command sample runs Google's sample.
package main

import (
	"log"
	"os"
)

func main() {
	if err := makeGetRequest(os.Stdout, os.Args[1]); err != nil {
		log.Fatal(err)
	}
}
