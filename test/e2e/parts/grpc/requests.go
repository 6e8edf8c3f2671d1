package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// newWebClient speaks HTTP/1.1 or, by prior knowledge, HTTP/2 without TLS.
func newWebClient(version int) *http.Client {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(version == 1)
	protocols.SetUnencryptedHTTP2(version == 2)
	transport := &http.Transport{Protocols: protocols, MaxIdleConnsPerHost: 10_000}
	return &http.Client{Transport: transport, Timeout: 100 * time.Second}
}

// requests sends many requests at once that are answered only when all have arrived, twice.
func requests(args []string) error {
	flags := flag.NewFlagSet("requests", flag.ExitOnError)
	address := flags.String("address", "", "host:port")
	version := flags.Int("version", 1, "of HTTP: 1 or 2")
	count := flags.Int("count", 1, "how many at once")
	clients := flags.Int("clients", 1, "that share them; of HTTP/2 each has one connection")
	if err := flags.Parse(args); err != nil {
		return err
	}
	url := fmt.Sprintf("http://%s/?together=%d", *address, *count)
	pool := make([]*http.Client, *clients)
	for index := range pool {
		pool[index] = newWebClient(*version)
	}
	tally := newTally()
	for range 2 {
		var group sync.WaitGroup
		for index := range *count {
			group.Go(func() { tally.add(get(pool[index%*clients], url, http.StatusOK)) })
		}
		group.Wait()
	}
	return tally.report()
}

// get tells the time to the headers; another status than the wanted one is an error.
func get(client *http.Client, url string, wanted int) (time.Duration, error) {
	start := time.Now()
	response, err := client.Get(url)
	firstByte := time.Since(start)
	if err != nil {
		return firstByte, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != wanted {
		err = fmt.Errorf("%s: %s", response.Status, body)
	}
	return firstByte, err
}
