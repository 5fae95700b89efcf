package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"involt/internal/core/person"
	"involt/internal/flow/admit"
	"involt/internal/kit/db"
	"involt/internal/kit/job"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics is what Prometheus sees.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newMetrics(a *App) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "involt_http_request_seconds", Help: "Time to answer HTTP requests, by route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "status"}),
	}
	m.registry.MustRegister(m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &state{a})
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// state reads what is worth watching at each scrape.
type state struct{ a *App }

var (
	jobsDesc     = prometheus.NewDesc("involt_jobs", "Jobs in the queue.", []string{"kind", "state"}, nil)
	oldestDesc   = prometheus.NewDesc("involt_jobs_oldest_seconds", "How long the oldest due job has waited.", []string{"kind"}, nil)
	chargersDesc = prometheus.NewDesc("involt_chargers_connected", "Chargers connected to this replica.", nil, nil)
	cardsDesc    = prometheus.NewDesc("involt_decision_cards", "Cards that decisions know.", nil, nil)
	freshDesc    = prometheus.NewDesc("involt_decision_age_seconds", "How long ago decisions last agreed with the database.", nil, nil)
	awayDesc     = prometheus.NewDesc("involt_database_away_seconds", "For how long the database has taken nothing; 0 if it does.", nil, nil)
	keptDesc     = prometheus.NewDesc("involt_journal_messages", "Chargers' messages that wait in the journal for the database.", nil, nil)
	roomDesc     = prometheus.NewDesc("involt_journal_bytes", "Size of the journal.", nil, nil)
	bookedDesc   = prometheus.NewDesc("involt_journal_booked_total", "Chargers' messages that were booked out of the journal.", nil, nil)
	asideDesc    = prometheus.NewDesc("involt_journal_aside_total", "Chargers' messages that the database did not take out of the journal.", nil, nil)
	numbersDesc  = prometheus.NewDesc("involt_journal_numbers", "Transaction numbers that are set aside for outages.", nil, nil)
	snapshotDesc = prometheus.NewDesc("involt_snapshot_age_seconds", "Age of the file by which decisions are made after a restart while the database is away.", nil, nil)
	usersDesc    = prometheus.NewDesc("involt_decision_users", "Users that decisions know.", nil, nil)
)

func (s *state) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobsDesc, oldestDesc, chargersDesc, cardsDesc, usersDesc, freshDesc, awayDesc, keptDesc, roomDesc, bookedDesc, asideDesc, numbersDesc, snapshotDesc} {
		c <- d
	}
}

func (s *state) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	size := s.a.Admit.Size()
	gauge(chargersDesc, float64(len(s.a.OCPP.Live())))
	gauge(cardsDesc, float64(size.Cards))
	gauge(usersDesc, float64(size.People))
	gauge(freshDesc, time.Since(size.Fresh).Seconds())
	s.outage(c)
	if s.a.away() {
		return
	}
	err := s.a.DB.View(ctx, func(tx *db.Tx) error {
		all, err := job.Depths(tx, "")
		for _, d := range all {
			gauge(jobsDesc, float64(d.Due), d.Kind, "due")
			gauge(jobsDesc, float64(d.Running), d.Kind, "running")
			gauge(jobsDesc, float64(d.Failed), d.Kind, "failed")
			if !d.Oldest.IsZero() {
				gauge(oldestDesc, max(0, tx.Now.Sub(d.Oldest).Seconds()), d.Kind)
			}
		}
		return err
	})
	if err != nil {
		slog.WarnContext(ctx, "metrics without jobs", "err", err)
	}
}

// outage reads what is to be watched of a time without a database.
func (s *state) outage(c chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, k prometheus.ValueType, v float64) {
		c <- prometheus.MustNewConstMetric(d, k, v)
	}
	since, failing := s.a.DB.Failing()
	away := 0.0
	if failing {
		away = time.Since(since).Seconds()
	}
	tell(awayDesc, prometheus.GaugeValue, away)
	tell(keptDesc, prometheus.GaugeValue, float64(s.a.Desk.Waiting()))
	booked, aside := s.a.Desk.Drained()
	tell(bookedDesc, prometheus.CounterValue, float64(booked))
	tell(asideDesc, prometheus.CounterValue, float64(aside))
	if s.a.Desk.Spool != nil {
		tell(roomDesc, prometheus.GaugeValue, float64(s.a.Desk.Spool.Bytes()))
	}
	if n := s.a.Booking.Numbers; n.Stock != nil {
		tell(numbersDesc, prometheus.GaugeValue, float64(n.Stock.Left()))
	}
	if at := s.a.snapshot.at(); !at.IsZero() {
		tell(snapshotDesc, prometheus.GaugeValue, time.Since(at).Seconds())
	}
}

// watched logs and counts requests. It names a route by its pattern and never by
// its path: a path may hold an invitation's token.
func (m *metrics) watched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, rec := time.Now(), &recorder{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				slog.ErrorContext(r.Context(), "request panicked", "route", r.Pattern, "panic", p, "stack", string(debug.Stack()))
				if rec.status == 0 {
					http.Error(rec, "Something went wrong on our side.", http.StatusInternalServerError)
				}
			}
			took := time.Since(start)
			m.requests.WithLabelValues(route(r), strconv.Itoa(rec.code())).Observe(took.Seconds())
			slog.DebugContext(r.Context(), "request", "route", route(r), "status", rec.code(), "ms", took.Milliseconds())
		}()
		next.ServeHTTP(rec, r)
	})
}

func route(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// healthz says that the process lives.
func healthz(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte("alive\n"))
}

// stale is how old the memory that decisions use may be for the server to count
// as ready.
const stale = 10 * time.Second

// readyz says whether the server should be sent requests: its database answers
// and its decisions are fresh.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	if a.away() {
		http.Error(w, "The database does not answer. Chargers are answered from memory.", http.StatusServiceUnavailable)
		return
	}
	err := a.DB.View(ctx, func(tx *db.Tx) error {
		_, err := person.Count(tx, "")
		return err
	})
	switch {
	case err != nil:
		http.Error(w, "The database does not answer.", http.StatusServiceUnavailable)
	case time.Since(a.Admit.Size().Fresh) > stale:
		http.Error(w, "Decisions are "+admit.Age(a.Admit.Size().Fresh, time.Now())+" old.", http.StatusServiceUnavailable)
	default:
		_, _ = w.Write([]byte("ready\n"))
	}
}
