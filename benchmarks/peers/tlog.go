// go run . ENTRIES: audit a log with golang.org/x/mod/sumdb/tlog, as Go vendors it: every record hash and every stored
// hash anew, against those that were stored, and the root. Seconds a record as JSON.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"time"

	"peer/tlog"
)

type hashes []tlog.Hash

func (stored hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		found[i] = stored[at]
	}
	return found, nil
}

func walk(file string, each func(n int64, data []byte)) int64 {
	data, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	n := int64(0)
	for len(data) > 0 {
		end := 4 + binary.BigEndian.Uint32(data)
		each(n, data[4:end])
		data, n = data[end:], n+1
	}
	return n
}

func compute(stored hashes, n int64, data []byte) []tlog.Hash {
	made, err := tlog.StoredHashes(n, data, stored)
	if err != nil {
		log.Fatal(err)
	}
	return made
}

func main() {
	var stored hashes
	size := walk(os.Args[1], func(n int64, data []byte) { stored = append(stored, compute(stored, n, data)...) })
	root, _ := tlog.TreeHash(size, stored)
	start, at := time.Now(), 0
	walk(os.Args[1], func(n int64, data []byte) {
		for _, hash := range compute(stored, n, data) {
			if hash != stored[at] {
				log.Fatal("a stored hash differs")
			}
			at++
		}
	})
	if again, _ := tlog.TreeHash(size, stored); again != root {
		log.Fatal("the root differs")
	}
	fmt.Printf("{\"audit\": %g}\n", time.Since(start).Seconds()/float64(size))
}
