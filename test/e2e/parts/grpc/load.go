package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// sender sends one request, checks that it was answered as wished, and tells the time to the answer's first byte.
type sender func(index int, delay time.Duration) (time.Duration, error)

// loadReport is what a client saw of its load.
type loadReport struct {
	Sent int `json:"sent"`
	// Failed: as wished, with a status that is the server's fault.
	Failed int `json:"failed"`
	// Unexpected: the answer was not the one wished for.
	Unexpected map[string]int `json:"unexpected"`
	PerSecond  float64        `json:"perSecond"`
	P50Ms      float64        `json:"p50Ms"`
	P95Ms      float64        `json:"p95Ms"`
	P99Ms      float64        `json:"p99Ms"`
	mutex      sync.Mutex
	latencies  []time.Duration
}

// Of 25 requests two fail by the server's fault and one by the client's.
func isFailure(index int) bool { return index%25 < 2 }
func isMistake(index int) bool { return index%25 == 2 }

// delayOf is the delay of a request: 80 of 100 are quick, 17 slow, 3 very slow.
func delayOf(index int) time.Duration {
	switch place := index * 37 % 100; {
	case place < 80:
		return 30 * time.Millisecond
	case place < 97:
		return 140 * time.Millisecond
	default:
		return 320 * time.Millisecond
	}
}

// load sends requests at a steady rate, whether or not those before have been answered.
func load(args []string) error {
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	address := flags.String("address", "", "host:port")
	protocol := flags.String("protocol", "http1", "http1, http2 or grpc")
	rate := flags.Int("rate", 100, "requests per second")
	count := flags.Int("count", 1000, "how many requests")
	if err := flags.Parse(args); err != nil {
		return err
	}
	send, err := newSender(*protocol, *address)
	if err != nil {
		return err
	}
	result := loadReport{Sent: *count, Unexpected: map[string]int{}}
	var group sync.WaitGroup
	start := time.Now()
	for index := range *count {
		time.Sleep(time.Until(start.Add(time.Duration(index) * time.Second / time.Duration(*rate))))
		group.Go(func() {
			latency, err := send(index, delayOf(index))
			result.add(index, latency, err)
		})
	}
	result.PerSecond = float64(*count) / time.Since(start).Seconds()
	group.Wait()
	result.P50Ms, result.P95Ms, result.P99Ms = result.latencyMs(0.5), result.latencyMs(0.95), result.latencyMs(0.99)
	return report(&result)
}

func (r *loadReport) add(index int, latency time.Duration, err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.latencies = append(r.latencies, latency)
	if err != nil {
		r.Unexpected[err.Error()]++
	} else if isFailure(index) {
		r.Failed++
	}
}

// latencyMs is the latency that this share of the requests did not exceed.
func (r *loadReport) latencyMs(share float64) float64 {
	slices.Sort(r.latencies)
	return float64(r.latencies[int(share*float64(len(r.latencies)))].Microseconds()) / 1000
}

func newSender(protocol, address string) (sender, error) {
	switch protocol {
	case "http1":
		return newWebSender(newWebClient(1), address), nil
	case "http2":
		return newWebSender(newWebClient(2), address), nil
	case "grpc":
		return newRPCSender(address)
	}
	return nil, fmt.Errorf("no protocol %q", protocol)
}

func newWebSender(client *http.Client, address string) sender {
	return func(index int, delay time.Duration) (time.Duration, error) {
		wanted := http.StatusOK
		if isFailure(index) {
			wanted = http.StatusInternalServerError
		} else if isMistake(index) {
			wanted = http.StatusNotFound
		}
		return get(client, fmt.Sprintf("http://%s/?delay=%s&status=%d", address, delay, wanted), wanted)
	}
}

func newRPCSender(address string) (sender, error) {
	connection, err := connect(address)
	if err != nil {
		return nil, err
	}
	return func(index int, delay time.Duration) (time.Duration, error) {
		wanted := codes.OK
		if isFailure(index) {
			wanted = codes.Internal
		} else if isMistake(index) {
			wanted = codes.NotFound
		}
		start := time.Now()
		err := callOnce(context.Background(), connection, "unary", fmt.Sprintf("delay=%s&code=%d", delay, wanted))
		if status.Code(err) == wanted {
			err = nil
		}
		return time.Since(start), err
	}, nil
}
