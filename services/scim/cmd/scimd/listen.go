package main

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/scimserver"
)

// listen opens the three listeners, or none: the protocol's, the API's and that of operations.
func listen(ctx context.Context, config scimserver.Config, server *scimserver.Server, operations http.Handler) ([]web.Endpoint, web.Endpoint, error) {
	var open []net.Listener
	for _, addr := range []string{config.Addr, config.APIAddr, config.OpsAddr} {
		l, err := web.Listen(ctx, addr)
		if err != nil {
			for _, l := range open {
				err = errors.Join(err, l.Close())
			}
			return nil, web.Endpoint{}, err
		}
		open = append(open, l)
	}
	return []web.Endpoint{
		{Listener: open[0], Handler: server.Protocol()},
		{Listener: open[1], Handler: server.API()},
	}, web.Endpoint{Listener: open[2], Handler: operations}, nil
}
