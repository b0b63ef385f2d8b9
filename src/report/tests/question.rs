//! What is shown before asking.
#![expect(
    clippy::needless_raw_string_hashes,
    reason = "snapbox writes the expected output in this form"
)]

use snapbox::{assert_data_eq, str};

use super::{
    super::{
        question::facts,
        samples::{self, HOSTILE, hostile, named, piped, plan_of, terminal},
    },
    *,
};
use crate::{
    backup::{BackupId, Provider},
    plan::Reason,
};

fn asked(look: &Look, sample: &Plan) -> String {
    text(|out| facts(sample, look, out))
}

#[test]
fn s12_the_facts_come_before_the_question() {
    assert_data_eq!(
        asked(&piped(), &samples::plan()),
        str![[r#"
Provider     AWS Backup
Account      111122223333 (acme-prod)
As           arn:aws:sts::111122223333:assumed-role/ops/jane
Credentials  profile prod
In           account 111122223333, region eu-central-1, vault prod: 2 backups
Deletes      2 backups (4.2 GiB, 1 of unknown size)
Oldest       2023-05-01T00:00:00Z (2y)
Newest       2025-06-12T11:00:00Z (3d)
BESIDES      prod/arn:aws:ec2:eu-central-1::snapshot/snap-0c is continuous: no more point-in-time recovery; RDS may reboot, Aurora falls to one day
Refused      2 backups, not deleted
Not there    1 backup
STAYS        NOTHING of arn:aws:ec2:eu-central-1:111122223333:volume/vol-2: no backup that can be restored from is left
STAYS        COULD NOT BE READ for arn:aws:ec2:eu-central-1:111122223333:volume/vol-5: perhaps nothing
Stays        2 backups of arn:aws:ec2:eu-central-1:111122223333:volume/vol-1, the newest 2d old in dr
Note         tags could not be read

VERDICT  ID                                               AGE     SIZE  OF                                                  WHY
delete   prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a   3d  4.2 GiB  arn:aws:ec2:eu-central-1:111122223333:volume/vol-1  named
delete   prod/arn:aws:ec2:eu-central-1::snapshot/snap-0c   2y        -  arn:aws:ec2:eu-central-1:111122223333:volume/vol-2  continuous, stops point-in-time recovery, allowed


"#]]
    );
    assert_data_eq!(
        asked(&terminal(80), &samples::plan()),
        str![[r#"
Provider     AWS Backup
Account      111122223333 (acme-prod)
As           arn:aws:sts::111122223333:assumed-role/ops/jane
Credentials  profile prod
In           account 111122223333, region eu-central-1, vault prod: 2 backups
Deletes      2 backups (4.2 GiB, 1 of unknown size)
Oldest       2023-05-01T00:00:00Z (2y)
Newest       2025-06-12T11:00:00Z (3d)
BESIDES      prod/arn:aws:ec2:eu-central-1::snapshot/snap-0c is continuous: no
             more point-in-time recovery; RDS may reboot, Aurora falls to one
             day
Refused      2 backups, not deleted
Not there    1 backup
STAYS        NOTHING of arn:aws:ec2:eu-central-1:111122223333:volume/vol-2: no
             backup that can be restored from is left
STAYS        COULD NOT BE READ for
             arn:aws:ec2:eu-central-1:111122223333:volume/vol-5: perhaps nothing
Stays        2 backups of arn:aws:ec2:eu-central-1:111122223333:volume/vol-1,
             the newest 2d old in dr
Note         tags could not be read

VERDICT  ID
    AGE     SIZE  OF  WHY
delete   prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a
     3d  4.2 GiB  arn:aws:ec2:eu-central-1:111122223333:volume/vol-1  named
delete   prod/arn:aws:ec2:eu-central-1::snapshot/snap-0c
     2y        -  arn:aws:ec2:eu-central-1:111122223333:volume/vol-2
    continuous, stops point-in-time recovery, allowed


"#]]
    );
}

#[test]
fn s12_an_overridden_endpoint_and_a_last_copy_are_loud() {
    let mut sample = samples::plan();
    sample.sections[0].identity.endpoint = "http://127.0.0.1:4566".to_owned();
    sample.sections[0].identity.endpoint_overridden = true;
    sample.items[0].reasons.push(Reason::LastHealthyAllowed);
    let shown = asked(&piped(), &sample);
    assert!(
        shown.contains("ENDPOINT     http://127.0.0.1:4566 – OVERRIDDEN, not the provider's own\n"),
        "{shown}"
    );
    assert!(shown.contains("LAST COPY    prod/arn:"), "{shown}");
}

#[test]
fn s12_of_very_many_the_first_are_shown_and_a_count() {
    let item = |number: u32| {
        let mut backup = samples::backups().remove(0);
        backup.id = BackupId::new(Provider::Aws, "prod", format!("snap-{number}"));
        named(backup)
    };
    let some = asked(&piped(), &plan_of((0..40).map(item).collect()));
    assert!(some.contains("prod/snap-39 ") && !some.contains("more"));
    let many = asked(&piped(), &plan_of((0..41).map(item).collect()));
    assert!(many.contains("prod/snap-19 ") && !many.contains("prod/snap-20 "));
    assert!(many.contains("… and 21 more; --dry-run shows all"));
}

#[test]
fn colours_only_repeat_what_the_words_say() {
    let look = Look {
        color: true,
        ..terminal(80)
    };
    let shown = asked(&look, &samples::plan());
    assert!(shown.contains("\u{1b}[31mSTAYS\u{1b}[0m"));
    assert_eq!(
        without_colours(shown),
        asked(&terminal(80), &samples::plan())
    );
}

#[test]
fn s28_what_a_provider_wrote_is_harmless() {
    let mut sample = plan_of(vec![named(hostile())]);
    sample.sections[0].identity.alias = Some(HOSTILE.to_owned());
    sample.notes = vec![HOSTILE.to_owned()];
    sample.remaining = samples::plan().remaining;
    for remaining in &mut sample.remaining {
        remaining.resource = HOSTILE.to_owned();
    }
    for look in [piped(), terminal(40), terminal(80), terminal(1000)] {
        assert_harmless(&asked(&look, &sample));
    }
}
