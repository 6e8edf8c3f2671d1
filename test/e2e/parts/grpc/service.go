package main

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// text is the only message: a wish, and what is echoed.
type text = wrapperspb.StringValue

const (
	unaryMethod  = "/outrigger.test.Peer/Unary"
	streamMethod = "/outrigger.test.Peer/Stream"
)

// serviceDescription is what protoc would make of
//
//	service Peer {
//	  rpc Unary(StringValue) returns (StringValue);
//	  rpc Stream(stream StringValue) returns (stream StringValue);
//	}
var serviceDescription = grpc.ServiceDesc{
	ServiceName: "outrigger.test.Peer",
	HandlerType: (*any)(nil),
	Methods:     []grpc.MethodDesc{{MethodName: "Unary", Handler: handleUnary}},
	Streams: []grpc.StreamDesc{
		{StreamName: "Stream", Handler: handleStream, ServerStreams: true, ClientStreams: true},
	},
}

var clientStream = grpc.StreamDesc{StreamName: "Stream", ServerStreams: true, ClientStreams: true}

type service struct {
	connections *trackedConnections
}

func handleUnary(
	server any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor,
) (any, error) {
	var request text
	if err := decode(&request); err != nil {
		return nil, err
	}
	wished, err := parseWish(request.Value)
	if err == nil {
		err = wished.await(ctx)
	}
	if err != nil {
		return nil, err
	}
	if wished.reset {
		server.(*service).reset(ctx)
	}
	if wished.code != 0 {
		return nil, status.Error(codes.Code(wished.code), "as wished")
	}
	return &request, nil
}

// handleStream echoes every message; the first is a wish as well, and its status ends the stream.
func handleStream(server any, stream grpc.ServerStream) error {
	var wished wish
	for count := 0; ; count++ {
		var message text
		err := stream.RecvMsg(&message)
		if errors.Is(err, io.EOF) {
			return status.Error(codes.Code(wished.code), "as wished")
		}
		if err == nil && count == 0 {
			wished, err = parseWish(message.Value)
			if err == nil {
				err = wished.await(stream.Context())
			}
		}
		if err == nil {
			err = stream.SendMsg(&message)
		}
		if err != nil {
			return err
		}
		if count == 0 {
			time.Sleep(wished.then)
		}
		if wished.reset && count == 0 {
			time.Sleep(200 * time.Millisecond) // grpc-go writes what was sent a little later
			server.(*service).reset(stream.Context())
		}
	}
}

func (s *service) reset(ctx context.Context) {
	client, _ := peer.FromContext(ctx)
	s.connections.reset(client.Addr.String())
}
