package env_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/tracing"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
)

// tracer records spans in the order in which they begin.
type tracer struct {
	mu    sync.Mutex
	spans []*span
}

type parentKey struct{}

func (tr *tracer) Tracer(string, ...tracing.TracerOption) tracing.Tracer { return tr }

func (tr *tracer) StartSpan(ctx context.Context, name string, optFns ...tracing.SpanOption) (context.Context, tracing.Span) {
	var o tracing.SpanOptions
	for _, fn := range optFns {
		fn(&o)
	}
	parent, _ := ctx.Value(parentKey{}).(*span)
	s := &span{tracer: tr, name: name, parent: parent, properties: map[any]any{}}
	for _, key := range []string{"peppercorn.app", "peppercorn.base", "peppercorn.subject"} {
		if value := o.Properties.Get(key); value != nil {
			s.properties[key] = value
		}
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.spans = append(tr.spans, s)
	return context.WithValue(ctx, parentKey{}, s), s
}

// verbs are the spans that lie in no other, and forget what was recorded.
func (tr *tracer) verbs() (verbs []*span, within map[*span][]string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	within = map[*span][]string{}
	for _, s := range tr.spans {
		if s.parent == nil {
			verbs = append(verbs, s)
		} else {
			within[s.parent] = append(within[s.parent], s.name)
		}
	}
	tr.spans = nil
	return verbs, within
}

type span struct {
	tracer     *tracer
	name       string
	parent     *span
	properties map[any]any
	status     tracing.SpanStatus
	ended      int
}

func (s *span) Name() string                            { return s.name }
func (s *span) Context() tracing.SpanContext            { return tracing.SpanContext{} }
func (s *span) AddEvent(string, ...tracing.EventOption) {}

func (s *span) SetProperty(k, v any) {
	s.tracer.mu.Lock()
	defer s.tracer.mu.Unlock()
	s.properties[k] = v
}

func (s *span) SetStatus(status tracing.SpanStatus) {
	s.tracer.mu.Lock()
	defer s.tracer.mu.Unlock()
	s.status = status
}

func (s *span) End() {
	s.tracer.mu.Lock()
	defer s.tracer.mu.Unlock()
	s.ended++
}

// Every call of a verb is one span that ends once, in which lie those of the SDK's requests to Route 53 and nobody else's.
func TestEveryVerbIsASpan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var spans tracer
		w := envtest.New(t, func(o *envtest.Options) { o.Config = func(c *env.Config) { c.Tracer = &spans } })
		client := route53.NewFromConfig(w.Route53.Config(), func(o *route53.Options) { o.TracerProvider = &spans })
		m := another(t, w, "traced", w.Memory, func(c *env.Config) { c.Tracer, c.Zone = &spans, dns.Open(client, w.ZoneID) })
		ctx := t.Context()
		first, second := w.Commit("Open the shop"), w.Commit("Add a basket")
		id, other := first.Short(), second.Short()
		listed := func(m *env.Manager) (err error) {
			for _, err = range m.List(ctx) {
			}
			return err
		}
		for _, c := range []struct {
			op, subject string
			call        func() error
			fails       bool
		}{
			{"deploy", id, func() error { _, err := m.Deploy(ctx, first, shop()); return err }, false},
			{"deploy", other, func() error { _, err := m.Deploy(ctx, second, shop()); return err }, false},
			{"promote", "production", func() error { _, err := m.Promote(ctx, "production", id); return err }, false},
			{"promote", "production", func() error { _, err := m.Promote(ctx, "production", other); return err }, false},
			{"rollback", "production", func() error { _, err := m.Rollback(ctx, "production"); return err }, false},
			{"unpin", "production", func() error { return m.Unpin(ctx, "production") }, false},
			{"restore", "production", func() error { return m.Restore(ctx, "production") }, false},
			{"adopt", "production", func() error { return m.Adopt(ctx, "production") }, false},
			{"live", "", func() error { _, err := m.Live(ctx); return err }, false},
			{"list", "", func() error { return listed(m) }, false},
			{"describe", id, func() error { _, err := m.Describe(ctx, first.Hash); return err }, false},
			{"terminate", id, func() error { _, err := m.Terminate(ctx, id); return err }, true}, // it is live
			{"promote", "staging", func() error { _, err := m.Promote(ctx, "staging", "ffffffffffff"); return err }, true},
			{"describe", "ffffffffffff", func() error { _, err := m.Describe(ctx, "ffffffffffff"); return err }, true},
			{"promote", "demo", func() error { _, err := m.Promote(ctx, "demo", other); return err }, false},
			{"release", "demo", func() error { return m.Release(ctx, "demo") }, false},
		} {
			err := c.call()
			require.Equal(t, c.fails, err != nil, "%s %s: %v", c.op, c.subject, err)
			verbs, within := spans.verbs()
			require.Len(t, verbs, 1, c.op)
			s := verbs[0]
			require.Equal(t, "peppercorn."+c.op, s.name)
			require.Equal(t, 1, s.ended)
			want := map[any]any{"peppercorn.app": "shop", "peppercorn.base": envtest.Base, "error": c.fails}
			status := tracing.SpanStatusOK
			if c.subject != "" {
				want["peppercorn.subject"] = c.subject
			}
			if c.fails {
				status = tracing.SpanStatusError
				want["exception.message"] = err.Error()
				want["exception.type"] = s.properties["exception.type"]
				require.NotEqual(t, "*env.Error", s.properties["exception.type"], "it says what went wrong")
			}
			require.Equal(t, status, s.status)
			require.Equal(t, want, s.properties)
			require.NotEmpty(t, within[s])
			for _, name := range within[s] {
				require.True(t, strings.HasPrefix(name, "Route 53."), name)
			}
		}
	})
}

// A call that is refused before anything is read is no span.
func TestWhatIsNotBegunIsNoSpan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var spans tracer
		w := envtest.New(t, func(o *envtest.Options) { o.Config = func(c *env.Config) { c.Tracer = &spans } })
		ctx := t.Context()
		dirty := w.Commit("Open the shop")
		dirty.Dirty = true
		_, err := w.Deploy(ctx, dirty, shop())
		require.ErrorIs(t, err, env.ErrDirty)
		_, err = w.Promote(ctx, "not an alias", "ffffffffffff")
		require.ErrorIs(t, err, env.ErrInvalid)
		_, err = w.Describe(ctx, "nonsense!")
		require.ErrorIs(t, err, env.ErrInvalid)
		_, err = w.Terminate(ctx, "nonsense!")
		require.ErrorIs(t, err, env.ErrInvalid)
		require.ErrorIs(t, w.Release(ctx, "not an alias"), env.ErrInvalid)
		verbs, _ := spans.verbs()
		require.Empty(t, verbs)
	})
}

// What Route 53 refuses, the span says by its code.
func TestSpanOfARefusedRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var spans tracer
		w := envtest.New(t, func(o *envtest.Options) { o.Config = func(c *env.Config) { c.Tracer = &spans } })
		denied := &smithy.GenericAPIError{Code: "AccessDenied", Message: "not you"}
		w.Route53.Inject(dnstest.Fault{Match: func(*dnstest.Call) bool { return true }, Times: 1, Kind: dnstest.Fail, Err: denied})
		_, err := w.Live(t.Context())
		var api smithy.APIError
		require.ErrorAs(t, err, &api)
		verbs, _ := spans.verbs()
		require.Len(t, verbs, 1)
		require.Equal(t, "AccessDenied", verbs[0].properties["api.error_code"])
	})
}
