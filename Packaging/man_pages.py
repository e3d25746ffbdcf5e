#!/usr/bin/env python3
"""Writes the manual pages: one for concord, and one for each of its commands.

Usage: Packaging/man_pages.py CONCORD FOLDER [--date YYYY-MM-DD]

CONCORD is the executable. What the pages say is what its commands say of themselves with --help
(`concord --experimental-dump-help`), so that the two cannot differ.
"""

import argparse
import datetime
import json
import os
import subprocess
import sys

EXIT_STATUS = [
    ("0", "Success."),
    ("1", "Something was refused or failed. One line on standard error says what, and what to do."),
    ("64", "Wrong usage."),
]
# What every command has.
COMMON = {"help", "version"}


def described(concord):
    """All commands, as the executable describes them."""
    done = subprocess.run(
        [concord, "--experimental-dump-help"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["command"]


def version(concord):
    done = subprocess.run([concord, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def escaped(text):
    """Text as roff shows it unchanged."""
    return text.replace("\\", "\\e").replace("-", "\\-")


def line(text):
    """A line of text that roff takes for none of its requests."""
    text = escaped(text)
    return "\\&" + text if text.startswith((".", "'")) else text


def bold(text):
    return f"\\fB{escaped(text)}\\fR"


def italic(text):
    return f"\\fI{escaped(text)}\\fR"


def paragraphs(text):
    """A discussion: what is indented keeps its lines, all else flows."""
    lines = []
    for part in (text or "").split("\n\n"):
        if not part.strip():
            continue
        lines.append(".PP")
        if all(row.startswith("  ") for row in part.split("\n")):
            lines += [".nf", *map(line, part.split("\n")), ".fi"]
        else:
            lines += [line(row.strip()) for row in part.split("\n")]
    return lines


def shown_name(name):
    return "-" + name["name"] if name["kind"] == "short" else "--" + name["name"]


def arguments_of(command):
    return [
        found for found in command.get("arguments", [])
        if found.get("shouldDisplay", True)
        and found.get("preferredName", {}).get("name") not in COMMON]


def subcommands_of(command):
    return [
        found for found in command.get("subcommands", [])
        if found.get("shouldDisplay", True) and found["commandName"] != "help"]


def usage(argument):
    """An argument as it stands in the synopsis."""
    value = argument.get("valueName", "")
    if argument["kind"] == "positional":
        text = italic(value)
    elif argument["kind"] == "flag":
        text = bold(shown_name(argument["preferredName"]))
    else:
        text = f"{bold(shown_name(argument['preferredName']))} {italic(value)}"
    text += " ..." if argument.get("isRepeating") else ""
    return f"[{text}]" if argument.get("isOptional") else text


def heading(argument):
    """An argument as the list of options shows it."""
    if argument["kind"] == "positional":
        return italic(argument.get("valueName", ""))
    names = ", ".join(bold(shown_name(name)) for name in argument.get("names", []))
    value = argument.get("valueName")
    return f"{names} {italic(value)}" if argument["kind"] == "option" and value else names


def meaning(argument):
    text = argument.get("abstract") or ""
    values = argument.get("allValues")
    if values and not all(value in text for value in values):
        text += f" One of {', '.join(values)}."
    if argument.get("defaultValue") and argument["kind"] != "flag":
        text += f" By default {argument['defaultValue']}."
    return text.strip() or "See the description."


def options(command):
    lines = []
    for argument in arguments_of(command):
        lines += [".TP", heading(argument), line(meaning(argument))]
        lines += paragraphs(argument.get("discussion"))
    return lines


def synopsis(path, command):
    parts = [bold(path)] + [usage(found) for found in arguments_of(command)]
    if subcommands_of(command):
        parts.append(italic("subcommand"))
    return [".PP", " ".join(parts)]


def leaves(path, command):
    """What can be called: each with its whole name, as `concord agreement sign`."""
    below = subcommands_of(command)
    if not below or arguments_of(command):
        yield path, command
    for found in below:
        yield from leaves(f"{path} {found['commandName']}", found)


def head(title, release, date):
    return [
        '.\\" Written by Packaging/man_pages.py from what the executable says of itself.',
        f'.TH "{escaped(title.upper())}" 1 "{date}" "Concord {escaped(release)}" '
        '"Concord manual"',
        # No hyphenation, ragged right: commands are to be copied.
        ".nh", ".ad l"]


def tail(others):
    lines = [".SH EXIT STATUS"]
    for status, text in EXIT_STATUS:
        lines += [".TP", bold(status), line(text)]
    last = len(others) - 1
    return lines + [".SH SEE ALSO"] + [
        f".BR {escaped(name)} (1)" + ("," if place < last else "")
        for place, name in enumerate(others)]


def page_of_command(command, release, date):
    name = command["commandName"]
    path, title = f"concord {name}", f"concord-{name}"
    lines = head(title, release, date)
    lines += [".SH NAME", f"{escaped(title)} \\- {escaped(command.get('abstract') or '')}"]
    called = list(leaves(path, command))
    lines.append(".SH SYNOPSIS")
    for leaf, found in called:
        lines += synopsis(leaf, found)
    lines += [".SH DESCRIPTION", line(command.get("abstract") or "")]
    lines += paragraphs(command.get("discussion"))
    if called != [(path, command)]:
        lines.append(".SH SUBCOMMANDS")
        for leaf, found in called:
            lines += [f".SS {escaped(leaf)}", line(found.get("abstract") or "")]
            lines += paragraphs(found.get("discussion")) + options(found)
    else:
        lines += [".SH OPTIONS"] + options(command)
    return lines + tail(["concord"])


def page_of_all(command, release, date):
    lines = head("concord", release, date)
    lines += [".SH NAME", f"concord \\- {escaped(command.get('abstract') or '')}"]
    lines += [".SH SYNOPSIS", ".PP", f"{bold('concord')} {italic('command')} ..."]
    lines += [".SH DESCRIPTION"] + paragraphs(command.get("discussion"))
    lines.append(".SH COMMANDS")
    for found in subcommands_of(command):
        name = found["commandName"]
        lines += [".TP", f"{bold(name)}", line(found.get("abstract") or "")]
    lines += [".SH FILES"]
    for path, text in FILES:
        lines += [".TP", italic(path), line(text)]
    names = sorted(f"concord-{found['commandName']}" for found in subcommands_of(command))
    return lines + tail(names)


FILES = [
    ("/var/lib/concord/AGENCY", "A node's folder: its configuration, keys and replica."),
    ("/var/lib/concord/AGENCY/concord.yaml", "The node's configuration."),
    ("/etc/concord/backup.key", "What opens the backups that concord-backup@AGENCY.timer makes."),
    ("/etc/credstore.encrypted/concord-AGENCY.keys",
     "The secret under which the node's keys are sealed, encrypted for this machine."),
    ("/usr/share/concord", "Agreement templates, profiles, policies and public data to copy."),
    ("/usr/share/doc/concord", "Guides for administrators."),
]


def write(folder, name, lines):
    # A heading begins a paragraph already.
    kept = [
        row for place, row in enumerate(lines)
        if row != ".PP" or not lines[place - 1].startswith((".SH", ".SS"))]
    with open(os.path.join(folder, f"{name}.1"), "w", encoding="utf-8") as file:
        file.write("\n".join(kept) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("concord", metavar="CONCORD")
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--date", default=datetime.date.today().isoformat())
    given = parser.parse_args()
    command, release = described(given.concord), version(given.concord)
    os.makedirs(given.folder, exist_ok=True)
    write(given.folder, "concord", page_of_all(command, release, given.date))
    for found in subcommands_of(command):
        page = page_of_command(found, release, given.date)
        write(given.folder, f"concord-{found['commandName']}", page)


if __name__ == "__main__":
    sys.exit(main())
