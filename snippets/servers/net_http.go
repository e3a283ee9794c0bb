// HTTP with net/http: go run net_http.go
package main

import (
	"cmp"
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

func seconds(name, unset string) time.Duration {
	length, _ := time.ParseDuration(cmp.Or(os.Getenv(name), unset) + "s")
	return length
}

func main() {
	var leaving atomic.Bool
	handler := func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // your work
		if leaving.Load() {
			w.Header().Set("Connection", "close")
		}
		w.WriteHeader(http.StatusNoContent)
	}
	server := &http.Server{Addr: ":" + cmp.Or(os.Getenv("PORT"), "8080"), Handler: http.HandlerFunc(handler)}
	signals := make(chan os.Signal, 1) // a second signal stays in it, unread
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() { log.Println(server.ListenAndServe()) }() // returns when Shutdown begins: wait for Shutdown, not for this
	<-signals
	end, _ := context.WithTimeout(context.Background(), seconds("APP_SHUTDOWN", "25")-time.Second) // 1 s is for the exit
	leaving.Store(true)
	time.Sleep(seconds("ACCEPTS_AFTER_SIGTERM", "10")) // 0 behind a preStop hook
	server.Shutdown(end)                               // without a deadline it waits for the slowest client
}
