//! Writes the `README.md` of a job folder: what the job does and how to run it, for whoever finds it in production.

use headwater::{Schema, validate};

use crate::write::JobRequest;

/// The text of the job folder's README.
pub(crate) fn readme(request: &JobRequest<'_>) -> String {
    let check = match request.sample {
        Some(_) => {
            "headwater check .                # replay the recorded sample, compare with what the notebook showed\n"
        }
        None => "",
    };
    format!(
        "# {name}

A streaming job, exported from a Headwater notebook.

```
headwater run .                  # run until stopped; SIGTERM stops cleanly
headwater run . --until-end      # stop at the end of what is there now
headwater explain .              # what it does, step by step
{check}```

## What it does

```
{plan}
```

{schemas}
- Fingerprint of the pipeline: `{fingerprint}`. The notebook's preview, the job's first log line, its checkpoints and its
  metrics show the same.
- Guarantee: {guarantee}. After a failure the job goes on from its last checkpoint: no row is missing, and rows written since then come
  again.
- `plan.json` is never edited: a change is refused at the start. What may be changed is in `job.toml`.
- To begin anew, stop the job and remove the checkpoint folder.
",
        name = request.name(),
        plan = request.plan,
        schemas = schemas(request),
        fingerprint = request.fingerprint,
        guarantee = request.guarantee.name().replace('_', " "),
    )
}

fn schemas(request: &JobRequest<'_>) -> String {
    let Ok(schemas) = validate(request.plan) else { return String::new() };
    let line = |what: &str, schema: Option<&Schema>| match schema {
        Some(schema) => format!("- {what}: `{schema}`\n"),
        None => String::new(),
    };
    format!("{}{}", line("Reads", schemas.first()), line("Writes", schemas.last()))
}
