//! Consent: a terminal, what must be typed, and everything that is none (S12–S14).

use std::time::Duration;

use crate::{
    subjects::{ALL, AWS},
    world::World,
};

#[test]
fn s14_without_a_terminal_or_with_json_nothing_is_sent_and_the_flag_is_named() {
    for subject in ALL {
        let world = World::new();
        for flags in [
            &[][..],
            &["--no-input"],
            &["-o", "json"],
            &["-o", "ndjson"],
            &["--quiet"],
        ] {
            let mut arguments = vec![subject.provider, "delete", subject.deletable[0]];
            arguments.extend(flags);
            world.bkdel(&arguments).exits(5).says("--yes");
        }
        assert_eq!(world.changes(), []);
    }
}

#[test]
fn s14_yes_is_not_quiet() {
    let world = World::new();
    world
        .bkdel(&["aws", "delete", "--yes", AWS.deletable[0]])
        .exits(0)
        .says("111122223333");
    let quiet = world.bkdel(&["aws", "delete", "--yes", "-q", AWS.deletable[1]]);
    quiet.exits(0);
    assert_eq!(quiet.err, "");
}

#[cfg(unix)]
mod on_a_terminal {
    use expectrl::{Expect, Session, process::unix::WaitStatus, session::OsSession};

    use super::*;

    fn start(world: &World, arguments: &[&str]) -> OsSession {
        let mut command = world.command(arguments);
        command.env("TERM", "xterm");
        let mut session = Session::spawn(command).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(20)));
        session
    }

    #[track_caller]
    fn ends_with(session: &mut OsSession, code: i32) {
        session.expect(expectrl::Eof).unwrap();
        assert_eq!(
            session.get_process().wait().unwrap(),
            WaitStatus::Exited(session.get_process().pid(), code)
        );
    }

    #[test]
    fn s12_s13_one_backup_is_asked_for_with_the_facts_and_y_deletes_it() {
        for subject in ALL {
            let world = World::new();
            let mut session = start(&world, &[subject.provider, "delete", subject.deletable[0]]);
            session.expect("Stays").unwrap();
            session.expect("[y/N]").unwrap();
            assert_eq!(world.changes(), [], "nothing is sent before the answer");
            session.send_line("y").unwrap();
            ends_with(&mut session, 0);
            assert!(!world.has(subject.provider, subject.deletable[0]));
        }
    }

    #[test]
    fn s14_everything_but_the_answer_is_a_no() {
        for answer in ["", "n", "yess", "Yes please", " y", "1"] {
            let world = World::new();
            let mut session = start(&world, &["aws", "delete", AWS.deletable[0]]);
            session.expect("[y/N]").unwrap();
            session.send_line(answer).unwrap();
            ends_with(&mut session, 5);
            assert_eq!(world.changes(), [], "{answer:?}");
        }
    }

    #[test]
    fn s14_the_end_of_input_is_a_no() {
        let world = World::new();
        let mut session = start(&world, &["aws", "delete", AWS.deletable[0]]);
        session.expect("[y/N]").unwrap();
        session.send("\u{4}").unwrap();
        ends_with(&mut session, 5);
        assert_eq!(world.changes(), []);
    }

    #[test]
    fn s13_several_need_their_number() {
        let world = World::new();
        let [first, second] = AWS.deletable;
        for (answer, code) in [("y", 5), ("3", 5), ("2", 0)] {
            let mut session = start(&world, &["aws", "delete", first, second]);
            session.expect("Type the number").unwrap();
            session.send_line(answer).unwrap();
            ends_with(&mut session, code);
        }
        assert_eq!(world.changes().len(), 2);
    }

    #[test]
    fn s13_a_last_copy_needs_the_name_of_its_scope_to_the_letter() {
        for subject in ALL {
            let world = World::new();
            let arguments = [subject.provider, "delete", "--allow-last", subject.last];
            for answer in ["y", &subject.last_scope.to_uppercase(), "1"] {
                let mut session = start(&world, &arguments);
                session.expect("Type").unwrap();
                session.send_line(answer).unwrap();
                ends_with(&mut session, 5);
            }
            assert_eq!(world.changes(), []);
            let mut session = start(&world, &arguments);
            session
                .expect(format!("Type {} to confirm", subject.last_scope))
                .unwrap();
            session.send_line(subject.last_scope).unwrap();
            ends_with(&mut session, 0);
        }
    }

    #[test]
    fn s13_a_vault_itself_needs_its_name_although_it_is_empty() {
        let world = World::new();
        let arguments = [
            "aws",
            "delete",
            "--vault",
            "old-project",
            "--delete-empty-vault",
        ];
        for answer in ["y", "0", "1", "OLD-PROJECT", ""] {
            let mut session = start(&world, &arguments);
            session.expect("Type old-project to confirm").unwrap();
            session.send_line(answer).unwrap();
            ends_with(&mut session, 5);
        }
        assert_eq!(world.changes(), []);
        let mut session = start(&world, &arguments);
        session.expect("THE VAULT").unwrap();
        session.expect("Type old-project to confirm").unwrap();
        session.send_line("old-project").unwrap();
        ends_with(&mut session, 0);
        assert_eq!(world.changes().len(), 1);
    }

    #[test]
    fn ids_come_by_standard_input_while_the_answer_comes_from_the_terminal() {
        let world = World::new();
        std::fs::write(world.home().join("ids"), AWS.deletable[0]).unwrap();
        let program = env!("CARGO_BIN_EXE_bkdel");
        let mut command = world.command(&[]);
        command = {
            let mut shell = std::process::Command::new("sh");
            shell
                .args(["-c", &format!("{program} aws delete --from - < ids")])
                .current_dir(world.home());
            for (name, value) in command.get_envs() {
                if let Some(value) = value {
                    shell.env(name, value);
                }
            }
            shell
        };
        let mut session = Session::spawn(command).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(20)));
        session.expect("[y/N]").unwrap();
        session.send_line("y").unwrap();
        ends_with(&mut session, 0);
        assert!(!world.has("aws", AWS.deletable[0]));
    }

    #[test]
    fn ctrl_c_at_the_prompt_is_130_and_nothing_was_sent() {
        let world = World::new();
        let mut session = start(&world, &["aws", "delete", AWS.deletable[0]]);
        session.expect("[y/N]").unwrap();
        session.send("\u{3}").unwrap();
        ends_with(&mut session, 130);
        assert_eq!(world.changes(), []);
    }

    #[test]
    fn no_input_asks_nothing_on_a_terminal_either() {
        let world = World::new();
        let mut session = start(&world, &["aws", "delete", "--no-input", AWS.deletable[0]]);
        ends_with(&mut session, 5);
    }
}

/// A run that is interrupted while its first request hangs.
#[cfg(unix)]
mod interrupted {
    use std::process::{Child, Command, Stdio};

    use super::*;
    use crate::world::Ran;

    fn signal(child: &Child, signal: &str) {
        assert!(
            Command::new("kill")
                .args([signal, &child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
    }

    fn wait_for_a_change(world: &World) {
        for _ in 0..400 {
            if !world.changes().is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("nothing was sent");
    }

    #[test]
    fn s25_what_is_under_way_is_finished_read_back_and_accounted_for() {
        for subject in ALL {
            for (name, code) in [("-INT", 130), ("-TERM", 143)] {
                let world = World::with(&[&format!("{}:latency-delete=700ms", subject.provider)]);
                let [first, second] = subject.deletable;
                let mut command = world.command(&[
                    subject.provider,
                    "delete",
                    "--yes",
                    "--concurrency",
                    "1",
                    "-o",
                    "json",
                    first,
                    second,
                ]);
                let child = command
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn()
                    .unwrap();
                wait_for_a_change(&world);
                signal(&child, name);
                let ran = Ran::of(&child.wait_with_output().unwrap());
                ran.exits(code);
                assert_eq!(
                    ran.outcomes(),
                    ["deleted", "not_attempted"],
                    "{}",
                    subject.provider
                );
                assert_eq!(world.changes().len(), 1);
                assert!(world.has(subject.provider, second));
            }
        }
    }

    #[test]
    fn s25_a_second_signal_ends_it_at_once() {
        let world = World::with(&["aws:hang-delete"]);
        let mut command = world.command(&["aws", "delete", "--yes", AWS.deletable[0]]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_for_a_change(&world);
        signal(&child, "-INT");
        std::thread::sleep(Duration::from_millis(300));
        assert!(
            child.try_wait().unwrap().is_none(),
            "the first signal waits for what is under way"
        );
        signal(&child, "-INT");
        assert_eq!(child.wait().unwrap().code(), Some(130));
    }
}
