package main

import (
	"errors"
	"net/url"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

type store struct {
	address string
	close   func()
}

// openStore runs etcd in this process. Its data survive a kill of the process; a power cut they need not.
func openStore(folder string) (store, error) {
	client, err := freeAddress()
	if err != nil {
		return store{}, err
	}
	peer, err := freeAddress()
	if err != nil {
		return store{}, err
	}
	config := embed.NewConfig()
	config.Dir = folder
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	// Without it the bookmarks of a watch stand still while nothing changes; every cluster sets it.
	config.WatchProgressNotifyInterval = 5 * time.Second
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return store{}, err
	}
	select {
	case <-etcd.Server.ReadyNotify():
		return store{address: client.String(), close: etcd.Close}, nil
	case err = <-etcd.Err():
	case <-time.After(time.Minute):
		err = errors.New("not ready after a minute")
	}
	etcd.Close()
	return store{}, err
}

func freeAddress() (url.URL, error) {
	port, err := freePort()
	return url.URL{Scheme: "http", Host: onLoopback(port)}, err
}
