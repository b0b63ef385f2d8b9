//! Tables, entries and sums.
#![expect(
    clippy::needless_raw_string_hashes,
    reason = "snapbox writes the expected output in this form"
)]

use snapbox::{assert_data_eq, str};

use super::{
    super::samples::{self, hostile, piped, regions, terminal},
    *,
};
use crate::run::record::Ended;

fn list(look: &Look, sample: &[Backup]) -> String {
    text(|out| backups(Format::Human, sample, look, out))
}

fn dry_run(look: &Look) -> String {
    text(|out| plan(Format::Human, &samples::plan(), DRY, look, out))
}

fn run(look: &Look, sample: &Record) -> String {
    text(|out| record(Format::Human, sample, look, out))
}

#[test]
fn a_list_is_a_table_where_it_fits() {
    assert_data_eq!(
        list(&terminal(100), &regions()),
        str![[r#"
ID                             AGE     SIZE  STATUS   TYPE  OF       PROTECTION
acme/pg-main/aws-eu-central-1  24h  2.0 KiB  RUNNING  pg    pg-main
acme/kafka/aws-eu-central-1      -        -  RUNNING  pg    kafka    termination protection

2 backups (2.0 KiB, 1 of unknown size), 1 of them protected

"#]]
    );
    // Of the last column as much as its words allow.
    let mut sample = regions();
    sample[1]
        .protection
        .extend(hostile().protection.iter().cloned());
    assert_data_eq!(
        list(&terminal(100), &sample),
        str![[r#"
ID                             AGE     SIZE  STATUS   TYPE  OF       PROTECTION
acme/pg-main/aws-eu-central-1  24h  2.0 KiB  RUNNING  pg    pg-main
acme/kafka/aws-eu-central-1      -        -  RUNNING  pg    kafka    termination protection; legal
                                                                     hold "�]0;owned��[2J⏎:
                                                                     :error::boom ##
                                                                     [error]x�=cmd()"

2 backups (2.0 KiB, 1 of unknown size), 1 of them protected

"#]]
    );
}

#[test]
fn a_list_that_does_not_fit_keeps_each_id_in_one_piece() {
    assert_data_eq!(
        list(&terminal(80), &samples::backups()),
        str![[r#"
ID
    AGE     SIZE  STATUS     TYPE  OF  PROTECTION
prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a
     3d  4.2 GiB  COMPLETED  EBS
    arn:aws:ec2:eu-central-1:111122223333:volume/vol-1
prod/arn:aws:ec2:eu-central-1::snapshot/snap-0b
    5mo  1.0 MiB  COMPLETED  EBS
    arn:aws:ec2:eu-central-1:111122223333:volume/vol-1
    vault locked (compliance); legal hold "case 7"
prod/arn:aws:ec2:eu-central-1::snapshot/snap-0c
     2y        -  COMPLETED  EBS
    arn:aws:ec2:eu-central-1:111122223333:volume/vol-2

3 backups (4.2 GiB, 1 of unknown size), 1 of them protected

"#]]
    );
}

#[test]
fn a_piped_list_has_a_whole_line_for_each_backup() {
    assert_data_eq!(
        list(&piped(), &samples::backups()),
        str![[r#"
ID                                               AGE     SIZE  STATUS     TYPE  OF                                                  PROTECTION
prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a   3d  4.2 GiB  COMPLETED  EBS   arn:aws:ec2:eu-central-1:111122223333:volume/vol-1
prod/arn:aws:ec2:eu-central-1::snapshot/snap-0b  5mo  1.0 MiB  COMPLETED  EBS   arn:aws:ec2:eu-central-1:111122223333:volume/vol-1  vault locked (compliance); legal hold "case 7"
prod/arn:aws:ec2:eu-central-1::snapshot/snap-0c   2y        -  COMPLETED  EBS   arn:aws:ec2:eu-central-1:111122223333:volume/vol-2

3 backups (4.2 GiB, 1 of unknown size), 1 of them protected

"#]]
    );
}

#[test]
fn a_width_without_a_terminal_does_not_count() {
    let look = Look {
        width: Some(20),
        ..piped()
    };
    let sample = samples::backups();
    assert_eq!(list(&look, &sample), list(&piped(), &sample));
}

#[test]
fn an_empty_list_says_so() {
    assert_eq!(list(&piped(), &[]), "no backups\n");
}

#[test]
fn s19_a_dry_run_says_would_delete_and_that_nothing_was_sent() {
    assert_data_eq!(
        dry_run(&piped()),
        str![[r#"
VERDICT       ID                                                 AGE     SIZE  OF                                                  IN            WHY
would delete  prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a     3d  4.2 GiB  arn:aws:ec2:eu-central-1:111122223333:volume/vol-1                named
REFUSED       prod/arn:aws:ec2:eu-central-1::snapshot/snap-0b    5mo  1.0 MiB  arn:aws:ec2:eu-central-1:111122223333:volume/vol-1                vault locked (compliance); legal hold "case 7"
would delete  prod/arn:aws:ec2:eu-central-1::snapshot/snap-0c     2y        -  arn:aws:ec2:eu-central-1:111122223333:volume/vol-2                continuous, stops point-in-time recovery, allowed
REFUSED       prod/arn:aws:ec2:eu-central-1::snapshot/snap-0e  30min    100 B                                                      111122223333  last healthy backup of its resource (--allow-last)
absent        prod/arn:aws:ec2:eu-central-1::snapshot/snap-0f      -        -                                                                    not there

note: tags could not be read
dry run: 2 would be deleted (4.2 GiB, 1 of unknown size), 2 refused, 1 not there; nothing was sent

"#]]
    );
    assert_data_eq!(
        dry_run(&terminal(80)),
        str![[r#"
VERDICT       ID
      AGE     SIZE  OF  IN  WHY
would delete  prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a
       3d  4.2 GiB  arn:aws:ec2:eu-central-1:111122223333:volume/vol-1  named
REFUSED       prod/arn:aws:ec2:eu-central-1::snapshot/snap-0b
      5mo  1.0 MiB  arn:aws:ec2:eu-central-1:111122223333:volume/vol-1
    vault locked (compliance); legal hold "case 7"
would delete  prod/arn:aws:ec2:eu-central-1::snapshot/snap-0c
       2y        -  arn:aws:ec2:eu-central-1:111122223333:volume/vol-2
    continuous, stops point-in-time recovery, allowed
REFUSED       prod/arn:aws:ec2:eu-central-1::snapshot/snap-0e
    30min    100 B  111122223333
    last healthy backup of its resource (--allow-last)
absent        prod/arn:aws:ec2:eu-central-1::snapshot/snap-0f
        -        -  not there

note: tags could not be read
dry run: 2 would be deleted (4.2 GiB, 1 of unknown size), 2 refused, 1 not
  there; nothing was sent

"#]]
    );
}

#[test]
fn a_run_tells_the_outcome_of_each_and_each_hint_once() {
    assert_data_eq!(
        run(&piped(), &samples::record()),
        str![[r#"
OUTCOME  ID                                                  SIZE  WHY
deleted  prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a  4.2 GiB
FAILED   prod/arn:aws:ec2:eu-central-1::snapshot/snap-0b  1.0 MiB  not authorized to perform backup:DeleteRecoveryPoint (AccessDeniedException, request req-1)
FAILED   prod/arn:aws:ec2:eu-central-1::snapshot/snap-0e    100 B  not authorized to perform backup:DeleteRecoveryPoint (AccessDeniedException, request req-1)
pending  prod/arn:aws:ec2:eu-central-1::snapshot/snap-0c        -  still listed as DELETING

hint: see what is missing with: bkdel doctor aws --print-policy
1 deleted (4.2 GiB), 1 pending, 2 failed; verified by reading back
to try again, give the same command again: what is gone by then is passed over

"#]]
    );
    assert_data_eq!(
        run(&terminal(80), &samples::record()),
        str![[r#"
OUTCOME  ID
       SIZE  WHY
deleted  prod/arn:aws:ec2:eu-central-1::snapshot/snap-0a
    4.2 GiB
FAILED   prod/arn:aws:ec2:eu-central-1::snapshot/snap-0b
    1.0 MiB
    not authorized to perform backup:DeleteRecoveryPoint (AccessDeniedException,
    request req-1)
FAILED   prod/arn:aws:ec2:eu-central-1::snapshot/snap-0e
      100 B
    not authorized to perform backup:DeleteRecoveryPoint (AccessDeniedException,
    request req-1)
pending  prod/arn:aws:ec2:eu-central-1::snapshot/snap-0c
          -  still listed as DELETING

hint: see what is missing with: bkdel doctor aws --print-policy
1 deleted (4.2 GiB), 1 pending, 2 failed; verified by reading back
to try again, give the same command again: what is gone by then is passed over

"#]]
    );
}

#[test]
fn a_run_that_ended_early_says_why() {
    let mut sample = samples::record();
    for (ended, said) in [
        (Ended::Signal(130), "interrupted by a signal (130)"),
        (Ended::Timeout, "ended by --timeout"),
        (
            Ended::Credentials("token expired".to_owned()),
            "ended, the credentials no longer do: token expired",
        ),
    ] {
        sample.ended = Some(ended);
        let shown = run(&piped(), &sample);
        assert!(shown.lines().any(|line| line == said), "{shown}");
    }
}

#[test]
fn s22_nothing_is_called_verified_where_nothing_was_deleted() {
    let mut sample = samples::record();
    sample.results.remove(0);
    let shown = run(&piped(), &sample);
    assert!(!shown.contains("verified"), "{shown}");
    sample.results.clear();
    assert_eq!(run(&piped(), &sample), "nothing to do\n");
}

#[test]
fn colours_only_repeat_what_the_words_say() {
    let look = Look {
        color: true,
        ..terminal(80)
    };
    let plain = terminal(80);
    assert!(run(&look, &samples::record()).contains("\u{1b}[31mFAILED\u{1b}[0m"));
    assert_eq!(
        without_colours(run(&look, &samples::record())),
        run(&plain, &samples::record())
    );
    assert_eq!(without_colours(dry_run(&look)), dry_run(&plain));
    assert_eq!(
        without_colours(list(&look, &samples::backups())),
        list(&plain, &samples::backups())
    );
}

#[test]
fn nothing_but_ids_and_commands_is_wider_than_the_terminal() {
    for width in [40, 60, 80, 100, 120, 200] {
        let look = terminal(width);
        for shown in [
            list(&look, &samples::backups()),
            dry_run(&look),
            run(&look, &samples::record()),
        ] {
            for line in shown.lines() {
                let fits = line.chars().count() <= width;
                let command = line.starts_with("hint:") || line.starts_with("go on with:");
                let one_word = line.split_whitespace().any(|word| word.len() > 30);
                assert!(fits || one_word || command, "{width}: {line}");
            }
        }
    }
}

#[test]
fn a_very_long_text_and_a_very_large_list_are_written_whole() {
    let mut backup = samples::backups().remove(0);
    backup.name = Some("long ".repeat(20_000).into());
    let shown = list(&piped(), &[backup.clone()]);
    assert!(shown.matches("long").count() == 20_000 && shown.lines().count() == 4);
    assert!(list(&terminal(80), &[backup]).matches("long").count() == 20_000);
    let many: Vec<Backup> = samples::backups().into_iter().cycle().take(2_500).collect();
    assert_eq!(list(&piped(), &many).lines().count(), 2_503);
}
