package lambdadriver

import (
	"context"
	"errors"

	"github.com/peppercorn-go/peppercorn/provision"
)

var _ provision.Checker = (*Driver)(nil)

// Check asks whether what a function refers to is there, as far as the driver was told how: the code with [Options.Image] or
// [Options.Object], the role with [Options.IAMRole], subnets and security groups with [Options.Network]. Lambda itself is asked
// nothing.
func (d *Driver) Check(ctx context.Context, c provision.Call) error {
	f, err := functionOf(c)
	if err != nil {
		return err
	}
	problems := []error{
		check(ctx, d.opts.Image, "Image", f.Image),
		check(ctx, d.opts.IAMRole, "Role", f.Role),
	}
	if zip := f.Zip; d.opts.Object != nil && zip.Key != "" && !zip.Bucket.Pending() && !zip.Key.Pending() && !zip.Version.Pending() {
		if err := d.opts.Object(ctx, string(zip.Bucket), string(zip.Key), string(zip.Version)); err != nil {
			problems = append(problems, &provision.BlueprintError{Field: "Zip", Err: err})
		}
	}
	if d.opts.Network != nil {
		problems = append(problems, d.opts.Network(ctx, f.Subnets, f.SecurityGroups))
	}
	return errors.Join(problems...)
}

// check asks about what a field names, unless that is still to be made or there is nobody to ask.
func check(ctx context.Context, ask func(context.Context, string) error, field string, text provision.Text) error {
	if ask == nil || text == "" || text.Pending() {
		return nil
	}
	if err := ask(ctx, string(text)); err != nil {
		return &provision.BlueprintError{Field: field, Err: err}
	}
	return nil
}
