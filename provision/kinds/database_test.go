package kinds_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestDatabaseValidate(t *testing.T) {
	t.Parallel()
	small := kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20}
	with := func(change func(*kinds.Database)) kinds.Database {
		d := small
		change(&d)
		return d
	}
	restored := kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", Snapshot: "shop-2026-01-01"}
	for _, tt := range []struct {
		name     string
		database kinds.Database
		want     []string // fields
	}{
		{"the least", small, nil},
		{"nothing", kinds.Database{}, []string{"Engine", "Class", "StorageGiB"}},
		{"another engine", with(func(d *kinds.Database) { d.Engine = "oracle-ee" }), []string{"Engine"}},
		{"a class of EC2", with(func(d *kinds.Database) { d.Class = "t4g.micro" }), []string{"Class"}},
		{"too little storage", with(func(d *kinds.Database) { d.StorageGiB = 19 }), []string{"StorageGiB"}},
		{"too much storage", with(func(d *kinds.Database) { d.StorageGiB = 65537 }), []string{"StorageGiB"}},
		{"magnetic storage", with(func(d *kinds.Database) { d.StorageType = "standard" }), []string{"StorageType"}},
		{"provisioned storage needs IOPS and size", with(func(d *kinds.Database) { d.StorageType = "io2" }), []string{"StorageGiB", "IOPS"}},
		{"provisioned storage", with(func(d *kinds.Database) { d.StorageType, d.StorageGiB, d.IOPS = "io1", 100, 1000 }), nil},
		{"gp2 has no IOPS", with(func(d *kinds.Database) { d.StorageType, d.IOPS = "gp2", 3000 }), []string{"IOPS"}},
		{"too few IOPS", with(func(d *kinds.Database) { d.IOPS = 999 }), []string{"IOPS"}},
		{"more IOPS than the storage bears", with(func(d *kinds.Database) { d.IOPS = 1001 }), []string{"IOPS"}},
		{"fewer IOPS than the storage wants", with(func(d *kinds.Database) { d.StorageGiB, d.IOPS = 2001, 1000 }), []string{"IOPS"}},
		{"ports", with(func(d *kinds.Database) { d.Port = 1149 }), []string{"Port"}},
		{"a port", with(func(d *kinds.Database) { d.Port = 65535 }), nil},
		{"names", with(func(d *kinds.Database) { d.DatabaseName, d.MasterUser = "1shop", "shop-owner" }), []string{"DatabaseName", "MasterUser"}},
		{"a long name of a user", with(func(d *kinds.Database) { d.MasterUser = "abcdefghijklmnopq" }), []string{"MasterUser"}},
		{"a reserved name", with(func(d *kinds.Database) { d.MasterUser = "Admin" }), []string{"MasterUser"}},
		{"not reserved in MySQL", with(func(d *kinds.Database) { d.Engine, d.MasterUser = kinds.MySQL, "admin" }), nil},
		{"backups", with(func(d *kinds.Database) { d.BackupDays = 36 }), []string{"BackupDays"}},
		{"backups or none", with(func(d *kinds.Database) { d.BackupDays, d.NoBackups = 7, true }), []string{"NoBackups"}},
		{"groups", with(func(d *kinds.Database) { d.SecurityGroups = []provision.Text{"sg-1", "", "sg-1", "web"} }),
			[]string{"SecurityGroups[1]", "SecurityGroups[2]", "SecurityGroups[3]"}},
		{"six groups", with(func(d *kinds.Database) {
			d.SecurityGroups = []provision.Text{"sg-1", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6"}
		}), []string{"SecurityGroups"}},
		{"long names of groups", with(func(d *kinds.Database) {
			d.SubnetGroup, d.ParameterGroup = provision.Text(strings.Repeat("s", 256)), provision.Text(strings.Repeat("p", 256))
		}), []string{"SubnetGroup", "ParameterGroup"}},
		{"what is not known yet", kinds.Database{Engine: kinds.Postgres, Class: "${{in.class}}", StorageGiB: 20,
			SubnetGroup: "${{in.subnets}}", SecurityGroups: []provision.Text{"${{db.ID}}"}}, nil},
		{"a restored one needs no size", restored, nil},
		{"a shared snapshot", kinds.Database{Engine: kinds.MySQL, Class: "db.t4g.micro",
			Snapshot: "arn:aws:rds:us-east-1:210987654321:snapshot:shop"}, nil},
		{"an automated snapshot", kinds.Database{Engine: kinds.MySQL, Class: "db.t4g.micro", Snapshot: "rds:shop-2026-01-01-00-00"}, nil},
		{"no name of a snapshot", kinds.Database{Engine: kinds.MySQL, Class: "db.t4g.micro", Snapshot: "2026 01 01"}, []string{"Snapshot"}},
		{"what comes with the snapshot", kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", Snapshot: "shop", EngineVersion: "17",
			KMSKey: "alias/shop", DatabaseName: "shop", MasterUser: "owner", PerformanceInsights: true},
			[]string{"EngineVersion", "KMSKey", "DatabaseName", "MasterUser", "PerformanceInsights"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.database.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}

// A password in a blueprint would end up in its digest's input, in version control and in logs.
func TestNoFieldForASecret(t *testing.T) {
	t.Parallel()
	for _, spec := range []provision.Spec{kinds.Database{}, kinds.Cache{}} {
		typ := reflect.TypeOf(spec)
		for i := range typ.NumField() {
			name := strings.ToLower(typ.Field(i).Name)
			require.NotContains(t, name, "password")
			require.NotContains(t, name, "token")
		}
	}
}
