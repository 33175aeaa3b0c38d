//! Explores optlock's protocol in each scenario, and each naive variant until it breaks, and prints
//! both as Markdown: `optlock-proof-model [clients [rows [operations [states]]]]`. Without
//! arguments the bounds are those of the tests.

use optlock_proof_model::report::{Broken, Kept, TOKENS};
use optlock_proof_model::scenario::SCENARIOS;
use optlock_proof_model::variants::VARIANTS;
use std::error::Error;
use std::io::{self, Write as _};
use std::num::ParseIntError;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<usize> = std::env::args()
        .skip(1)
        .map(|argument| argument.parse())
        .collect::<Result<_, ParseIntError>>()?;
    let bound = |index: usize| arguments.get(index).copied();
    // Never less than in the tests: a scenario of two rows has none of its operations with one.
    let at_least = |index, least: u8| {
        let bound = bound(index).map_or(Ok(least), u8::try_from);
        bound.map(|bound| bound.max(least))
    };
    let mut out = io::stdout();
    let mut failures = 0;

    writeln!(
        out,
        "| scenario | tokens | clients | rows | operations | states | steps |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for scenario in SCENARIOS {
        let mut scenario = *scenario;
        scenario.clients = at_least(0, scenario.clients)?;
        scenario.rows = at_least(1, scenario.rows)?;
        scenario.operations = at_least(2, scenario.operations)?;
        for tokens in TOKENS {
            if scenario.is_promised_for(tokens) {
                let kept = Kept::explore(tokens, scenario, bound(3).unwrap_or(usize::MAX));
                writeln!(out, "{}", kept.line())?;
                if !kept.is_kept() {
                    failures += 1;
                    writeln!(out, "\n{}\n", kept.complaint())?;
                }
            }
        }
    }
    let broken: Vec<_> = VARIANTS.iter().map(Broken::explore).collect();
    writeln!(out, "\n| variant | breaks | steps |")?;
    writeln!(out, "|---|---|---|")?;
    for variant in &broken {
        writeln!(out, "{}", variant.line())?;
    }
    for variant in &broken {
        write!(out, "\n{}", variant.section())?;
        failures += usize::from(variant.steps().is_none());
    }
    if failures == 0 {
        Ok(())
    } else {
        Err(format!("{failures} of the explorations did not end as they should").into())
    }
}
