// A client with MongoDB's own driver. Arguments: address, collection, number of documents, size of each.
// It inserts them, reads them back in order and prints their sizes' sum and SHA-256.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

func main() {
	address, name := os.Args[1], os.Args[2]
	count, size := number(os.Args[3]), number(os.Args[4])
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client, err := mongo.Connect(ctx, options.Client().ApplyURI("mongodb://"+address+"/?directConnection=true"))
	check(err)
	collection := client.Database("test").Collection(name)

	documents := make([]any, count)
	for i := range documents {
		documents[i] = bson.D{{Key: "_id", Value: i}, {Key: "body", Value: strings.Repeat(string(rune('a'+i%26)), size)}}
	}
	_, err = collection.InsertMany(ctx, documents)
	check(err)
	cursor, err := collection.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	check(err)
	var found []struct{ Body string }
	check(cursor.All(ctx, &found))
	check(client.Disconnect(ctx))

	total, hash := 0, sha256.New()
	for _, document := range found {
		total += len(document.Body)
		hash.Write([]byte(document.Body))
	}
	fmt.Printf("%d %x\n", total, hash.Sum(nil))
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
