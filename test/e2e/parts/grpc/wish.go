package main

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// wish is what a client wants to happen, as a URL's query: "code=5&delay=20ms".
type wish struct {
	// code is the gRPC status of the answer.
	code int
	// status is the HTTP status of the answer, 200 if it is not said.
	status int
	// delay passes before the first byte of the answer, whether or not the client is still there.
	delay time.Duration
	// then passes after the first message of a stream.
	then time.Duration
	// together: the answer comes when so many requests wait for theirs at the same time.
	together int
	// reset: instead of an answer, or after its first message, the TCP connection is reset.
	reset bool
}

func parseWish(query string) (wish, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return wish{}, err
	}
	number := func(name string, otherwise int) int {
		if !values.Has(name) {
			return otherwise
		}
		value, failure := strconv.Atoi(values.Get(name))
		err = errors.Join(err, failure)
		return value
	}
	duration := func(name string) time.Duration {
		if !values.Has(name) {
			return 0
		}
		value, failure := time.ParseDuration(values.Get(name))
		err = errors.Join(err, failure)
		return value
	}
	parsed := wish{
		code:     number("code", 0),
		status:   number("status", 200),
		delay:    duration("delay"),
		then:     duration("then"),
		together: number("together", 0),
		reset:    values.Has("reset"),
	}
	return parsed, err
}

// await lets the time of the wish pass.
func (w wish) await(ctx context.Context) error {
	time.Sleep(w.delay)
	if w.together == 0 {
		return nil
	}
	return gathering.join(ctx, w.together)
}

// gatherings hold requests back until so many are there.
type gatherings struct {
	mutex   sync.Mutex
	waiting int
	full    chan struct{}
}

var gathering = gatherings{full: make(chan struct{})}

func (g *gatherings) join(ctx context.Context, size int) error {
	g.mutex.Lock()
	g.waiting++
	full := g.full
	if g.waiting >= size {
		close(full)
		g.waiting, g.full = 0, make(chan struct{})
	}
	g.mutex.Unlock()
	select {
	case <-full:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Minute):
		return errors.New("they never were so many at once")
	}
}
