package lambdatest

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Function is a function as it is at one moment, for tests to look at. It shares nothing with the service.
type Function struct {
	// Region, Name and ARN of the function.
	Region, Name, ARN string
	// Input is the request that made it.
	Input *lambda.CreateFunctionInput
	// Tags of the function.
	Tags map[string]string
	// State that GetFunction would answer.
	State types.State
	// Version is the number of its published version; empty if there is none.
	Version string
	// URL of the function, and who may call it; empty if there is none.
	URL, AuthType string
	// Statements of its policy, in the order in which they were added.
	Statements []Statement
	// Created is when CreateFunction made it.
	Created time.Time
}

// Functions returns all functions of all regions that are not deleted, also those that are not known yet, in the order of
// regions and names. It is no call: nothing is recorded, and no fault strikes.
func (l *Lambda) Functions() []Function {
	l.mu.Lock()
	defer l.mu.Unlock()
	var functions []Function
	for _, f := range l.functions {
		if f.deleted.IsZero() {
			functions = append(functions, f.snapshot())
		}
	}
	slices.SortFunc(functions, func(a, b Function) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
	})
	return functions
}

func (f *function) snapshot() Function {
	s := Function{
		Region: f.region, Name: f.name, ARN: f.arn, Input: sim.Clone(f.in), Tags: maps.Clone(f.tags),
		State: f.config("", time.Now()).State, Statements: slices.Clone(f.statements), Created: f.created,
	}
	if f.number > 0 {
		s.Version = strconv.Itoa(f.number)
	}
	if f.url != nil {
		s.URL, s.AuthType = aws.ToString(f.url.FunctionUrl), string(f.url.AuthType)
	}
	return s
}

// AddFunction makes a function by somebody else's hand, in the region of the cloud: no call is recorded, no fault strikes,
// and it can be used at once. It refuses what CreateFunction would refuse.
func (l *Lambda) AddFunction(in *lambda.CreateFunctionInput) (Function, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := l.create(l.cloud.Options().Region, in)
	if err != nil {
		return Function{}, err
	}
	f.appears, f.settled = f.created, f.created
	return f.snapshot(), nil
}
