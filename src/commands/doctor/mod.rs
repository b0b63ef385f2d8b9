//! `doctor`: who I am, where, with which credentials, and what I may. Looks, and changes nothing.

mod machine;

use futures_util::future::join_all;

use super::{Context, stopped, written};
use crate::{
    fatal::Fatal,
    provider::{
        self, Check, ErrorKind, Examination, LeastPrivilege, ProviderError, Standing, Verdict,
    },
    report::{Format, doctor::Diagnosis, json},
    text::harmless,
};

/// What to look at.
#[derive(Debug)]
pub struct Request {
    /// The providers.
    pub asked: Vec<provider::Request>,
    /// Whether they were named: then one without credentials is wrong, and not just not set up.
    pub named: bool,
}

/// Whose rights to print.
#[derive(Debug)]
pub struct Rights {
    /// The provider, and where at it.
    pub provider: provider::Request,
    /// The accounts, where it has any.
    pub accounts: Vec<String>,
}

/// Looks at the providers that were asked for, all at once, and at this machine.
pub(super) async fn run(request: Request, context: &mut Context<'_>) -> Result<u8, Fatal> {
    let looking = join_all(
        request
            .asked
            .iter()
            .map(|asked| asked.examine(&context.transport, context.environment, context.now)),
    );
    let providers = context.stop.or(looking).await.map_err(stopped)?;
    let machine = machine::examine(context);
    let exit_code = exit_code(&providers, &machine, request.named);
    let diagnosis = Diagnosis {
        at: context.now,
        exit_code,
        named: request.named,
        providers: &providers,
        machine: &machine,
    };
    written(diagnosis.write(context.talk.format, &context.look, context.out))?;
    Ok(exit_code)
}

/// Of a provider that is broken, the code that its list would end with; credentials before all else. Then this machine's.
fn exit_code(providers: &[Examination], machine: &[Check], named: bool) -> u8 {
    let mut codes: Vec<u8> = providers
        .iter()
        .filter(|one| one.verdict() == Verdict::Broken)
        .flat_map(|one| one.failures().map(|kind| code_of(one, kind)))
        .collect();
    let set_up = |one: &Examination| one.verdict() != Verdict::NotSetUp;
    let lacking = if named {
        !providers.iter().all(set_up)
    } else {
        !providers.iter().any(set_up)
    };
    if lacking {
        codes.push(4);
    }
    if machine
        .iter()
        .any(|check| check.standing == Standing::Broken)
    {
        codes.push(1);
    }
    [4, 7, 2, 1]
        .into_iter()
        .find(|code| codes.contains(code))
        .or(codes.first().copied())
        .unwrap_or(0)
}

fn code_of(one: &Examination, kind: ErrorKind) -> u8 {
    Fatal::from(ProviderError::new(one.provider, "doctor", kind, "")).exit_code()
}

/// Prints what must be allowed. Asks nobody.
pub(super) fn print_policy(rights: &Rights, context: &mut Context<'_>) -> Result<u8, Fatal> {
    match rights.provider.least_privilege(&rights.accounts)? {
        LeastPrivilege::Policy { document, notes } => {
            for note in notes {
                context.say(&format!("note: {note}"));
            }
            let text = if context.talk.format == Format::Ndjson {
                one_line(&document)?
            } else {
                document
            };
            written(writeln!(context.out, "{text}").and_then(|()| context.out.flush()))?;
        }
        LeastPrivilege::Words(words) => {
            let provider = rights.provider.provider();
            written(match context.talk.format {
                Format::Json | Format::Ndjson => json::document(
                    &serde_json::json!({
                        "schema": "bkdel.rights/v1",
                        "provider": provider.name(),
                        "needs": words,
                    }),
                    context.out,
                ),
                Format::Human | Format::Csv | Format::Ids => words
                    .iter()
                    .try_for_each(|word| writeln!(context.out, "{}", harmless(word))),
            })?;
        }
    }
    Ok(0)
}

fn one_line(document: &str) -> Result<String, Fatal> {
    let value: serde_json::Value = serde_json::from_str(document).map_err(anyhow::Error::from)?;
    Ok(value.to_string())
}
