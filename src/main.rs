//! Reads the arguments, runs the command, tells the one error, and gives the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(bkdel::program::main())
}
