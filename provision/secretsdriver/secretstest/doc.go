// Package secretstest is a simulated AWS Secrets Manager. It answers real SDK clients inside the process, is as strict as the service where
// a program that refers to secrets can go wrong, and lives by package time, so that in a testing/synctest bubble days cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	cloud.SecretsManager.AddSecret("shop/stripe", "sk_live_...")
//	client := secretsmanager.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	fmt.Println(cloud.SecretsManager.Reads()) // which should be none
//
// # What it is strict about
//
//   - Secrets belong to a region, and their ARNs end in six random characters, so that a secret that is made again has another ARN.
//   - A secret is named by its name or by its ARN. An ARN without the last hyphen and six characters finds it as well, and so may one
//     that only looks whole: of a secret whose own name ends like that.
//   - DeleteSecret only schedules the deletion, in 7 to 30 days, unless it is told to force it. Until then the secret can be described,
//     but not read, and its name cannot be used again.
//   - A secret may have no value at all, and then no version.
//   - GetSecretValue gives the value to whoever asks, as the service does; [Secrets.Reads] tells who did. Values show up nowhere else.
//   - Names: alphabet and length.
//   - Rate: [Options.Rate].
//
// Permissions, rotation, replicas, keys, tags, and versions other than the current one are not simulated.
package secretstest
