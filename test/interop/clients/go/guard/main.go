// Command guard says of each line of standard input, an environment, what the guard makes of it.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"countersign/interop/emulator"
)

func main() {
	log.SetOutput(io.Discard)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		url, err := emulator.URL(strings.Split(lines.Text(), "\t"))
		switch {
		case err != nil:
			fmt.Println("refused:", err)
		case url == nil:
			fmt.Println("none")
		default:
			fmt.Println(url)
		}
	}
}
