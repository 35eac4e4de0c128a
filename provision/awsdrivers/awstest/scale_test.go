package awstest_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
)

// configured is a struct of options as the last function that configures it finds it, and as it is then left.
type configured struct {
	name          string
	before, after reflect.Value
}

// watch adds a function that takes note to every list of functions in a struct.
func watch(options any, seen *[]configured) {
	lists := reflect.ValueOf(options).Elem()
	for i := range lists.NumField() {
		list := lists.Field(i)
		if list.Kind() != reflect.Slice || list.Type().Elem().Kind() != reflect.Func {
			continue
		}
		note := reflect.MakeFunc(list.Type().Elem(), func(args []reflect.Value) []reflect.Value {
			before := reflect.New(args[0].Type().Elem()).Elem()
			before.Set(args[0].Elem())
			*seen = append(*seen, configured{lists.Type().Field(i).Name, before, args[0].Elem()})
			return nil
		})
		list.Set(reflect.Append(list, note))
	}
}

// Every duration and every rate of every service and of every driver is scaled: one that is forgotten makes a program wait for
// what will not come in time.
func TestScaleForgetsNothing(t *testing.T) {
	t.Parallel()
	const scale = 100
	var services, drivers []configured
	cloud := awstest.New(func(o *awstest.Options) {
		o.Scale = scale
		watch(o, &services)
	})
	awsdrivers.All(cloud.Config(), func(o *awsdrivers.Options) {
		ofAllTypes(o)
		watch(o, &drivers)
	}, cloud.PaceDrivers)
	require.Len(t, services, reflect.TypeFor[awstest.Cloud]().NumField()-2, "every service but STS, which has nothing to configure")
	require.GreaterOrEqual(t, len(drivers), len(services)-4, "every service but Route 53 has a driver, and those of ACM, Secrets Manager and ECR wait for nothing")
	durations, rates := 0, 0
	for _, c := range append(services, drivers...) {
		for i := range c.before.NumField() {
			field := c.name + "." + c.before.Type().Field(i).Name
			switch before := c.before.Field(i).Interface().(type) {
			case time.Duration:
				if before > 0 {
					require.Equal(t, before/scale, c.after.Field(i).Interface(), field)
					durations++
				}
			case float64:
				if before > 0 {
					require.InDelta(t, before*scale, c.after.Field(i).Float(), 0.01, field)
					rates++
				}
			}
		}
	}
	require.Greater(t, durations, 70)
	require.Greater(t, rates, 10)
}
