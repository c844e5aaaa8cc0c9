package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// stored is what a kind of data takes.
type stored struct {
	Name                  string
	Number                int
	Size, OnDisk, Indexes int // bytes, as documents and compressed
}

func (s stored) per(bytes int) float64 { return float64(bytes) / float64(max(s.Number, 1)) }

// stored returns what users and memberships take, and on the file all data together.
func (r *running) stored(ctx context.Context) ([]stored, error) {
	if r.mongodb == "" {
		info, err := os.Stat(filepath.Join(r.folder, "data", "scim.db"))
		if err != nil {
			return nil, fmt.Errorf("look at the file: %w", err)
		}
		return []stored{{Name: "file", Number: 1, Size: int(info.Size()), OnDisk: int(info.Size())}}, nil
	}
	client, err := mongo.Connect(options.Client().ApplyURI(r.mongodb).SetTimeout(time.Minute))
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	var all []stored
	for _, name := range []string{"users", "memberships"} {
		var stats struct {
			Count, Size, StorageSize, TotalIndexSize int
		}
		command := bson.D{{Key: "collStats", Value: name}}
		db := client.Database("devrev_scim")
		if err := db.RunCommand(ctx, command).Decode(&stats); err != nil {
			return nil, fmt.Errorf("look at %s: %w", name, err)
		}
		all = append(all, stored{name, stats.Count, stats.Size, stats.StorageSize, stats.TotalIndexSize})
	}
	return all, nil
}
