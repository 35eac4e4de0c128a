package acceptance_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver"
)

// motoImage is one of the images that every moto has.
const motoImage = "ami-03cf127a"

// The story of the quickstart, over HTTP: every request is parsed and every reply written by a program that shares no code with
// this one. What moto cannot prove is in motoGaps.
func TestStoryOnMoto(t *testing.T) {
	t.Parallel()
	m := newMotoHouse(t)
	ctx := t.Context()
	commits := m.repository(t, "Open the shop", `feat(cart): "basket" — 50% 🚀`, "Take money")
	first, second, third := commits[0], commits[1], commits[2]
	program := m.program(t, nil)

	deployed, err := program.Deploy(ctx, first, full(motoImage))
	require.NoError(t, err)
	require.Equal(t, 4, deployed.Made)
	require.NotEmpty(t, deployed.Host)
	promotion, err := program.Promote(ctx, "production", first.Hash, env.Because("opening day"))
	require.NoError(t, err)
	require.True(t, promotion.Changed)

	_, err = program.Deploy(ctx, second, full(motoImage))
	require.NoError(t, err)
	_, err = program.Promote(ctx, "staging", second.Hash)
	require.NoError(t, err)
	promotion, err = program.Promote(ctx, "production", second.Hash)
	require.NoError(t, err)
	require.Equal(t, first.Hash, promotion.From.Commit.Hash)
	require.Equal(t, []gitmeta.Commit{second}, promotion.Gained)
	m.live(t, program, second, second)

	_, err = program.Terminate(ctx, second.Hash)
	var refusal *guard.Refusal
	require.ErrorAs(t, err, &refusal)
	require.ErrorContains(t, err, "production")
	require.ErrorContains(t, err, "staging")

	promotion, err = program.Rollback(ctx, "production", env.Because("the basket loses things"))
	require.NoError(t, err)
	require.Equal(t, first.Hash, promotion.To.Commit.Hash)
	require.Equal(t, []gitmeta.Commit{second}, promotion.Dropped)
	m.live(t, program, first, second)

	m.killedDeploying(t, third)
	resumed, err := program.Deploy(ctx, third, full(motoImage))
	require.NoError(t, err)
	inventory, err := program.Describe(ctx, third.Hash)
	require.NoError(t, err)
	require.Equal(t, resumed.ID, inventory.Environment.ID)
	require.Len(t, inventory.Resources, 4, "made twice, or not at all")
	m.readBack(t, layout{first: first, second: second, third: third})

	var gone []string
	for e, err := range program.List(ctx) {
		require.NoError(t, err)
		if _, err := program.Terminate(ctx, e.ID); err == nil {
			gone = append(gone, e.ID)
		} else {
			require.ErrorIs(t, err, guard.ErrRefused)
		}
	}
	require.Equal(t, []string{third.Short()}, gone, "what is free")
	m.readBack(t, layout{first: first, second: second})

	m.close(t, program, first, second)
	m.readBack(t, layout{})
}

// motoHouse is a moto with a hosted zone, and a git repository.
type motoHouse struct {
	config aws.Config
	zone   string // its id
	repo   *gitmeta.Repo
	// services are those whose drivers the program has, nil for all, and drivers is what it tells those that take no time on moto.
	services []string
	drivers  func(*awsdrivers.Options)

	route53 *route53.Client // these look at what is there, and have nothing to do with the program
	ec2     *ec2.Client
	sqs     *sqs.Client
}

func newMotoHouse(t *testing.T) *motoHouse {
	t.Helper()
	cfg := moto.Start(t).Config()
	m := &motoHouse{config: cfg, route53: route53.NewFromConfig(cfg), ec2: ec2.NewFromConfig(cfg), sqs: sqs.NewFromConfig(cfg)}
	for gap, why := range motoGaps {
		t.Logf("moto proves nothing about %s: %s", gap, why.reason)
	}
	out, err := m.route53.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{
		Name: aws.String("example.com"), CallerReference: aws.String(t.Name()),
	})
	require.NoError(t, err)
	m.zone = strings.TrimPrefix(*out.HostedZone.Id, "/hostedzone/")
	return m
}

// program is a run of the deploying program. Nothing takes time on moto, so it looks more often than it would.
func (m *motoHouse) program(t *testing.T, client aws.HTTPClient, policies ...guard.Policy) *env.Manager {
	t.Helper()
	cfg := m.config.Copy()
	if client != nil {
		cfg.HTTPClient = client
	}
	drivers := awsdrivers.All(cfg, func(o *awsdrivers.Options) {
		o.EC2 = append(o.EC2, func(o *ec2driver.Options) { o.Poll, o.MaxPoll = 20*time.Millisecond, 200*time.Millisecond })
		o.SQS = append(o.SQS, func(o *sqsdriver.Options) { o.Settle = 10 * time.Millisecond })
		if m.drivers != nil {
			m.drivers(o)
		}
	})
	if m.services != nil {
		drivers = ofServices(drivers, m.services...)
	}
	drivers = slices.DeleteFunc(drivers, func(d provision.Driver) bool { return slices.Contains(d.Kinds(), kinds.AlarmKind) }) // see motoGaps
	engine, err := provision.NewEngine(drivers, func(o *provision.Options) {
		o.Place, o.Poll, o.Settle = awsdrivers.Place(cfg), 20*time.Millisecond, 100*time.Millisecond
	})
	require.NoError(t, err)
	api := dns.Limit(route53.NewFromConfig(cfg, moto.AllowReturn), 1000)
	manager, err := env.New(env.Config{
		App: "shop", Base: base, Zone: dns.Open(api, m.zone), Engine: engine, Repo: m.repo, Guard: guard.New(policies...),
	})
	require.NoError(t, err)
	return manager
}

// live checks what is live, by commit id and message.
func (m *motoHouse) live(t *testing.T, program *env.Manager, production, staging gitmeta.Commit) {
	t.Helper()
	live, err := program.Live(t.Context())
	require.NoError(t, err)
	require.Len(t, live, 2)
	for i, want := range []gitmeta.Commit{production, staging} {
		require.Equal(t, []string{"production", "staging"}[i], live[i].Alias)
		require.Equal(t, want, live[i].Commit)
		require.Nil(t, live[i].Drift)
	}
}

// killedDeploying deploys by a program that dies when EC2 has made its instance and before it learns of that.
func (m *motoHouse) killedDeploying(t *testing.T, c gitmeta.Commit) {
	t.Helper()
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	killer := &killer{HTTPClient: m.config.HTTPClient, kill: kill}
	_, err := m.program(t, killer).Deploy(ctx, c, full(motoImage))
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, killer.struck)
}

// killer is an HTTP client that kills its program after the effect of RunInstances.
type killer struct {
	aws.HTTPClient
	kill   context.CancelFunc
	struck bool // by the one request that it waits for
}

func (k *killer) Do(r *http.Request) (*http.Response, error) {
	runs := false
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		runs = bytes.Contains(body, []byte("Action=RunInstances"))
	}
	response, err := k.HTTPClient.Do(r)
	if runs && err == nil {
		k.struck = true
		k.kill()
		_ = response.Body.Close()
		return nil, context.Canceled
	}
	return response, err
}

// close gives up the shop: with a guard that protects no alias, everything is released and terminated.
func (m *motoHouse) close(t *testing.T, program *env.Manager, commits ...gitmeta.Commit) {
	t.Helper()
	ctx := t.Context()
	require.ErrorIs(t, program.Release(ctx, "production"), guard.ErrRefused, "production is protected")
	closing := m.program(t, nil, guard.NothingPointsAt(), guard.Drained(0), guard.KeepsRollback(1), guard.KeepsData())
	for _, alias := range []string{"production", "staging"} {
		require.NoError(t, closing.Release(ctx, alias))
	}
	for _, c := range commits {
		_, err := closing.Terminate(ctx, c.Hash)
		require.ErrorIs(t, err, guard.ErrRefused, "resolvers still have its name")
		termination, err := closing.Terminate(ctx, c.Hash, waive("Drained"))
		require.NoError(t, err)
		require.Len(t, termination.Gone, 4)
		require.Len(t, termination.Waived, 1)
	}
}
