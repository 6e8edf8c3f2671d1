package main

import (
	"context"
	"flag"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// result counts what happened, failures by their text without addresses and ports.
type result struct {
	mutex    sync.Mutex
	Requests int            `json:"requests"`
	Failures int            `json:"failures"`
	Errors   map[string]int `json:"errors"`
}

var addresses = regexp.MustCompile(`\d+\.\d+\.\d+\.\d+(:\d+)?`)

func (r *result) add(failure string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.Requests++
	if failure != "" {
		r.Failures++
		r.Errors[addresses.ReplaceAllString(failure, "ADDRESS")]++
	}
}

// load sends requests one after the other on some kept connections, and reports how many were answered badly.
func load(args []string) error {
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	url := flags.String("url", "", "what is asked for over HTTP/1.1; empty: gRPC")
	target := flags.String("grpc", "", "host:port of a gRPC health service")
	workers := flags.Int("workers", 8, "connections with one request at a time each")
	duration := flags.Duration("for", 10*time.Second, "how long")
	count := flags.Int("count", 0, "requests on each connection; 0: as many as there is time for")
	control := flags.String("control", "", "address at which the first request of any kind ends the load")
	pause := flags.Duration("pause", 5*time.Millisecond, "between two requests of a connection")
	if err := flags.Parse(args); err != nil {
		return err
	}
	result := &result{Errors: map[string]int{}}
	limit, stop := context.WithTimeout(context.Background(), *duration)
	defer stop()
	if err := startOn(*control, stopper(stop).Serve, make(chan error, 1)); err != nil {
		return err
	}
	var group sync.WaitGroup
	for range *workers {
		group.Go(func() {
			send, done := newSender(*url, *target)
			defer done()
			for sent := 0; limit.Err() == nil && (*count == 0 || sent < *count); sent++ {
				result.add(send())
				time.Sleep(*pause)
			}
		})
	}
	group.Wait()
	return report(result)
}

func stopper(stop func()) *http.Server {
	return &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stop() })}
}

func newSender(url, target string) (send func() string, done func()) {
	if url != "" {
		transport := &http.Transport{MaxIdleConnsPerHost: 1}
		client := http.Client{Transport: transport, Timeout: 5 * time.Second}
		return func() string { return post(&client, url) }, transport.CloseIdleConnections
	}
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return func() string { return err.Error() }, func() {}
	}
	client := healthpb.NewHealthClient(connection)
	return func() string { return check(client) }, func() { _ = connection.Close() }
}

// post is not repeated by the transport once a byte was sent, as a GET would be: what was lost is counted.
func post(client *http.Client, url string) string {
	response, err := client.Post(url, "text/plain", strings.NewReader("x"))
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err.Error()
	}
	if response.StatusCode != http.StatusOK {
		return response.Status
	}
	return ""
}

func check(client healthpb.HealthClient) string {
	limit, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := client.Check(limit, &healthpb.HealthCheckRequest{}); err != nil {
		return err.Error()
	}
	return ""
}
