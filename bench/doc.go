// Package bench has no code. Its tests measure what the library costs: how long the verbs take for the reference stack, in virtual
// time and compared with what nobody could do faster, and how many requests they make. The tests hold the budgets; the
// benchmarks report the numbers:
//
//	go test ./bench -run '^$' -bench .
//
// What is measured are counts and virtual time, so a slow machine measures the same as a fast one.
package bench
