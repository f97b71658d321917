"""Writes docs/reference/profile-json.md from the comments of the report types: python3 tests/drivers/profile_json.py"""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = [*sorted(ROOT.glob("engine/profile/src/**/*.rs")), ROOT / "engine/cli/src/profile/findings.rs",
           ROOT / "engine/exec/src/tape/note.rs"]
TYPE = re.compile(r"((?:^ *///[^\n]*\n)*)((?:^#\[[^\n]*\n)*)^pub(?:\(crate\))? (struct|enum) (\w+)(?:<[^>]*>)? \{\n(.*?)^\}",
                  re.M | re.S)
HEAD = """# The JSON of `headwater profile`

`headwater profile SOURCE --json` prints one document of this form; `--json=FILE` writes it. Times are epoch milliseconds (UTC) and end in `_ms`, sizes are
bytes, shares lie between 0 and 1, and every number is finite. Intervals are of 90 % unless their description says otherwise. A field that has nothing to say is
`null` or an empty list: it is never missing. `version` changes when a field is removed or changes its meaning; fields may be added at any time.

```
headwater profile kafka://localhost:9092/orders --key city -p 64 --json | jq -r '.keys[0].sentence'
headwater profile orders.json --json | jq -r '.shape.alerts[] | "\\(.level)\\t\\(.fact)"'
```

Exit code 3 and `"verdict": "failed"` say the same: a promise about a key does not hold, or the source has drifted from its baseline.

This page is made from the comments of the types, by `tests/drivers/profile_json.py`.
"""


def described(doc):
    """Comment lines as one line of Markdown."""
    text = " ".join(line.strip()[3:].strip() for line in doc.splitlines() if line.strip().startswith("///"))
    text = re.sub(r"\[(`?[^\]`]*`?)\]\([^)]*\)", r"\1", text)
    return re.sub(r"\[`([^`]*)`\]", r"`\1`", text).replace("|", "\\|")


def members(body):
    """Fields or variants: name, type (`{` for a variant with fields of its own), comment."""
    found, doc, depth, skipped = [], [], 0, False
    for line in (line.strip() for line in body.splitlines()):
        if depth == 0 and line.startswith("///"):
            doc.append(line)
        elif depth == 0 and line.startswith("#["):
            skipped = skipped or "serde(skip)" in line
        elif line:
            match = re.match(r"(?:pub(?:\(crate\))? )?(\w+)(?:: (.*?),?$|\((.*)\),?$| (\{)|,$|$)", line)
            if depth == 0 and match:
                if not skipped:
                    found.append((match[1], match[2] or match[3] or match[4] or "", described("\n".join(doc))))
                doc, skipped = [], False
            depth += line.count("{") - line.count("}")
    return found


def json_type(rust, types):
    """What JSON has for a Rust type."""
    for outer, words in (("Option", "{} or null"), ("Vec", "list of {}"), ("Box", "{}")):
        if rust.startswith(outer + "<"):
            return words.format(json_type(rust[len(outer) + 1:-1], types))
    if rust in types:
        return f"[{rust}](#{rust.lower()})"
    known = {"f64": "number", "bool": "true or false", "String": "text", "&'static str": "text", "char": "text",
             "SampleFrom": 'text, or `{"between": {"from_ms", "to_ms"}}`'}
    return known.get(rust, "integer" if re.fullmatch(r"[ui](8|16|32|64|size)", rust) else rust.replace("|", "\\|"))


def main():
    """Collects the types, follows them from the document, writes the page."""
    types = {}
    for source in SOURCES:
        for doc, attributes, kind, name, body in TYPE.findall(source.read_text()):
            if "Serialize" in attributes:
                types[name] = (doc, "snake_case" in attributes, kind, members(body))
    order = ["Findings"]
    for name in order:
        words = [word for _, rust, _ in types[name][3] for word in re.findall(r"\w+", rust)]
        order += [word for word in dict.fromkeys(words) if word in types and word not in order]
    out = [HEAD]
    for name in order:
        doc, snake, kind, fields = types[name]
        out.append(f"\n## {'The document' if name == 'Findings' else name}\n\n{described(doc)}\n")
        if kind == "struct":
            out += ["| field | type | what it says |", "|---|---|---|"]
            out += [f"| `{field}` | {json_type(rust, types)} | {text} |" for field, rust, text in fields]
        else:
            out += ["| value | when |", "|---|---|"]
            for variant, rust, text in fields:
                value = re.sub(r"(?<!^)(?=[A-Z])", "_", variant).lower() if snake else variant
                out.append(f"| `{{\"{value}\": …}}` | {text} |" if rust else f"| `\"{value}\"` | {text} |")
    page = ROOT / "docs/reference/profile-json.md"
    page.write_text("\n".join(out) + "\n")


main()
