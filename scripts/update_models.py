"""Compares the shipped facts of models with those of a wheel of litellm; see scripts/update-models."""

import argparse
import datetime
import json
import pathlib
import re
import sys
import zipfile

MEMBER = "litellm/model_prices_and_context_window_backup.json"

# The names of providers in the package, by their names in the config, if the two differ.
THEIRS = {
    "azure": ["azure"],
    "bedrock": ["bedrock", "bedrock_converse"],
    "cohere": ["cohere_chat", "cohere"],
    "fireworks": ["fireworks_ai"],
    "together": ["together_ai"],
    "vercel": ["vercel_ai_gateway"],
    "vertex": ["vertex_ai-language-models"],
}

# The flags of the package, by the capabilities of the file.
FLAGS = {
    "reasoning": "supports_reasoning",
    "structured_output": "supports_response_schema",
    "tools": "supports_function_calling",
}

# The name of a dated snapshot of another model, which is in the file by its short name.
SNAPSHOT = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2})$")


# The providers whose models the package lists again for each region, and the prefix of such a name.
REGIONAL = ("azure", "bedrock")
PLACE = re.compile(r"([a-z-]+[0-9]?/|(us|us-gov|eu|apac|jp|au|ca|in|global)\.)")


class Package:
    """The facts in one version of the package."""

    def __init__(self, folder):
        wheel = next(iter(sorted(pathlib.Path(folder).glob("litellm-*.whl"))), None)
        self.version, self.entries = None, {}
        if wheel is None:
            return
        with zipfile.ZipFile(wheel) as archive:
            self.version = wheel.name.split("-")[1]
            self.entries = json.loads(archive.read(MEMBER))

    def find(self, provider, model):
        """Returns the entry of a model; None if the package has none."""
        for theirs in THEIRS.get(provider, [provider]):
            for key in (model, f"{theirs}/{model}", model.split("/", 1)[-1]):
                entry = self.entries.get(key)
                if entry is not None and entry.get("litellm_provider") == theirs:
                    return entry
        return None

    def models(self, providers):
        """Returns the provider and the name of each chat model that is not a snapshot."""
        ours = {theirs: name for name in providers for theirs in THEIRS.get(name, [name])}
        found = set()
        for key, entry in self.entries.items():
            theirs = entry.get("litellm_provider")
            name = key.removeprefix(f"{theirs}/")
            is_chat = entry.get("mode") in ("chat", "responses") and fact(entry) is not None
            is_variant = SNAPSHOT.search(name) or (ours.get(theirs) in REGIONAL and PLACE.match(name))
            if theirs in ours and is_chat and not is_variant:
                found.add((ours[theirs], name))
        return found


def fact(entry):
    """Returns the facts of a model for the file; None if the package lacks a price or a limit."""
    names = ("input_cost_per_token", "output_cost_per_token", "max_input_tokens", "max_output_tokens")
    values = [entry.get(name) for name in names]
    if not all(isinstance(value, (int, float)) and value > 0 for value in values):
        return None
    # The price of a token is inexact in binary; the price of a million tokens is a decimal amount.
    prices = [round(value * 1e6, 6) for value in values[:2]]
    found = {
        "input": prices[0],
        "output": prices[1],
        "context": int(values[2]),
        "max_output": int(values[3]),
        "capabilities": ["chat"] + [name for name, flag in FLAGS.items() if entry.get(flag)],
    }
    if entry.get("supports_vision"):
        found["takes"] = ["image", "text"]
    if entry.get("deprecation_date"):
        found["shutdown"] = entry["deprecation_date"]
    return found


def compare(row, entry):
    """Returns the row with the facts of the package, and a line for each change."""
    name = f"{row['provider']}/{row['id']}"
    found = entry and fact(entry)
    if found is None:
        return dict(row), [f"gone     {name}: the package does not have it any more; the row stays"]
    changed, lines = dict(row), []
    for key in ("input", "output", "context", "max_output", "capabilities"):
        if row[key] != found[key]:
            lines.append(f"changed  {name}: {key} {shown(row[key])} -> {shown(found[key])}")
            changed[key] = found[key]
    before, after = row.get("shutdown"), found.get("shutdown")
    by_hand = row.get("shutdown_by_hand", False)
    if before == after:
        changed.pop("shutdown_by_hand", None)
    elif before is not None and (by_hand or after is None):
        changed["shutdown_by_hand"] = True
        theirs = after or "none"
        lines.append(f"kept     {name}: retirement {before}, entered by hand; the package says {theirs}")
    else:
        changed["shutdown"] = after
        lines.append(f"changed  {name}: retirement {before or 'none'} -> {after}")
    return changed, lines


def shown(value):
    """Formats a value for a line of output."""
    return "+".join(value) if isinstance(value, list) else f"{value:g}" if isinstance(value, float) else str(value)


def written(facts):
    """Returns the file's text: one line for each model."""
    head = json.dumps({key: facts[key] for key in ("as_of", "source")}, indent=2)
    rows = ",\n".join("    " + json.dumps(row) for row in facts["models"])
    return head.removesuffix("\n}") + ',\n  "models": [\n' + rows + "\n  ]\n}\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--apply", action="store_true")
    parser.add_argument("--add", action="append", default=[])
    parser.add_argument("before")
    parser.add_argument("new")
    parser.add_argument("file", type=pathlib.Path)
    options = parser.parse_args()

    facts = json.loads(options.file.read_text())
    before, package = Package(options.before), Package(options.new)
    print(f"{options.file}: of {facts['as_of']}, from litellm {before.version}")
    today = datetime.date.today()
    print(f"package: litellm {package.version}, of {today}")
    compared = [compare(row, package.find(row["provider"], row["id"])) for row in facts["models"]]
    lines = [line for _, changes in compared for line in changes]
    rows = [row for row, _ in compared]

    known = {(row["provider"], row["id"]) for row in rows}
    providers = {row["provider"] for row in rows}
    for addition in options.add:
        provider, model = addition.split("/", 1)
        entry = package.find(provider, model)
        found = entry and fact(entry)
        if found is None:
            sys.exit(f"update-models: the package has no price and limits of `{addition}`")
        if (provider, model) not in known:
            known.add((provider, model))
            rows.append({"provider": provider, "id": model, **found})
            lines.append(f"added    {addition}: {shown(found['input'])} and {shown(found['output'])} USD")
    if before.entries:
        for provider, model in sorted(package.models(providers) - before.models(providers) - known):
            found = fact(package.find(provider, model) or {})
            if found is not None:
                price = f"{shown(found['input'])} and {shown(found['output'])} USD a million tokens"
                lines.append(f"new      {provider}/{model}: {price}, context {found['context']}")
    print("\n".join(lines) if lines else "nothing differs")

    if options.apply:
        source = re.sub(r"^litellm [0-9.]+", f"litellm {package.version}", facts["source"])
        facts.update(as_of=str(today), source=source, models=rows)
        options.file.write_text(written(facts))
        print(f"written: {options.file}, of {today}")
        return 0
    return 1 if any(not line.startswith(("new", "kept")) for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
