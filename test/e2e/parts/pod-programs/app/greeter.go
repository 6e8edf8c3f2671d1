package main

import (
	"errors"
	"io"
	"net"
	"sync"
)

// greeter is a server that speaks first, and then says nothing more until its client hangs up.
type greeter struct {
	address  string
	mutex    sync.Mutex
	listener net.Listener
}

const greeting = "220 welcome\r\n"

func (g *greeter) on() error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.listener != nil {
		return nil
	}
	listener, err := net.Listen("tcp", g.address)
	if err != nil {
		return err
	}
	g.listener = listener
	go accept(listener)
	return nil
}

func (g *greeter) off() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.listener != nil {
		_ = g.listener.Close()
		g.listener = nil
	}
}

func accept(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		go func() {
			defer connection.Close()
			_, _ = connection.Write([]byte(greeting))
			_, _ = io.Copy(io.Discard, connection)
		}()
	}
}
