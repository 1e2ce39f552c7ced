# SPDX-License-Identifier: MIT
"""The command line: one table makes help, manual pages and completions, and says the truth. No server is needed."""

import os
import re
import shutil
import subprocess

import pytest

from suoyin import BIN

PROGRAMS = ("suoyinctl", "suoyin-worker", "suoyin-crawler")
DAEMONS = PROGRAMS[1:]


# Where nobody answers: a command that has read its options goes no further.
NOWHERE = {"SUOYIN_DATABASE_URL": "postgresql://127.0.0.1:1/none", "SUOYIN_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}


def run(*words):
    env = {k: v for k, v in os.environ.items() if not k.startswith("SUOYIN_")}
    return subprocess.run([BIN / words[0], *words[1:]], capture_output=True, text=True, env={**env, **NOWHERE},
                          timeout=60, stdin=subprocess.DEVNULL)


def made(program, form):
    words = ([program, "manual"] if form == "man" else [program, "completion", form]) \
        if program == "suoyinctl" else [program, f"--print-{form}"]
    done = run(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commands():
    """name → {option: value or None}, as the page of --help tells."""
    listed = {}
    for line in run("suoyinctl", "--help").stdout.splitlines():
        found = re.match(r"  ([a-z]+(?: [a-z]+)?)  +\S", line)
        if found:
            text = run("suoyinctl", *found[1].split(), "--help").stdout
            options = re.findall(r"^  --([A-Za-z.-]+)(?: (\S+))?  +(\S.*)?$", text, re.M)
            listed[found[1]] = {name: value or None for name, value, _ in options}
    return listed


COMMANDS = commands()
OPTIONS = {name: value for options in COMMANDS.values() for name, value in options.items()}


def refused(command, name, value):
    flag = "--" + name.replace("NAME", "client.id") + ("" if value is None else "=/dev/null")
    text = run("suoyinctl", *command.split(), flag).stderr
    return any(word in text for word in ("unrecognized option", "wrong option", "has no --", "takes nothing",
                                          "takes bash", "takes index-number", "is no command"))


def test_the_table_is_read():
    assert len(COMMANDS) > 12 and "database-url" in COMMANDS["migrate up"] and len(OPTIONS) > 15


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_takes_what_its_help_lists_and_nothing_else(command):
    listed = COMMANDS[command]
    assert [n for n, v in listed.items() if refused(command, n, v)] == []
    # an option may be shortened while it stays clear: --all is --allow-networks where that is one
    other = {n: v for n, v in OPTIONS.items() if not any(name.startswith(n) for name in listed)}
    assert [n for n, v in other.items() if not refused(command, n, v)] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained(command):
    text = run("suoyinctl", *command.split(), "--help").stdout
    bare = [name for name in COMMANDS[command] if not re.search(rf"^  --{re.escape(name)}(?: \S+)?  +\S", text, re.M)]
    assert bare == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_manual_page_has_all_and_no_fault(program):
    page = made(program, "man")
    if shutil.which("man") is None:
        pytest.skip("man is not installed (package man-db)")
    shown = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-"], input=page, text=True,
                           capture_output=True, env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
    assert (shown.returncode, shown.stderr) == (0, "")
    text = re.sub(".\b", "", shown.stdout)
    wanted = [f"suoyinctl {name}" for name in COMMANDS] if program == "suoyinctl" else \
        re.findall(r"^  (--[a-z.]+)", run(program, "--help").stdout, re.M)
    assert len(wanted) > 10 and [name for name in wanted if name not in text] == []


# What stands on the line, with the cursor at its end → what must be offered, and what must not.
LINES = [
    ("suoyinctl mig", {"migrate"}, {"portal"}),
    ("suoyinctl ", {"migrate", "portal", "dlq", "extract"}, {"up", "--json"}),
    ("suoyinctl migrate ", {"up", "status"}, {"list"}),
    ("suoyinctl dlq list --", {"--portal", "--json", "--database-url"}, {"--rate", "--headers"}),
    ("suoyinctl normalize ", {"index-number", "document-number", "date"}, {"up"}),
    ("suoyinctl validate some-", {"some-file.yaml"}, {"--json"}),
    ("suoyinctl dlq export --output some-", {"some-file.yaml"}, {"--json"}),
    ("suoyin-worker --log.le", {"--log.level"}, {"--log.format"}),
    ("suoyin-worker --log.level ", {"debug", "info", "warn", "error"}, {"json"}),
    ("suoyin-crawler --config some-", {"some-file.yaml"}, {"--log.level"}),
    ("suoyin-crawler --kafka.", {"--kafka.bootstrap.servers"}, {"--log.level"}),
]


def scripts(directory, form):
    (directory / "some-file.yaml").touch()
    for program in PROGRAMS:
        (directory / f"{program}.{form}").write_text(made(program, form))
    return "; ".join(f"source ./{program}.{form}" for program in PROGRAMS)


def offers(shell, directory, line):
    words = line.split(" ")
    if shell == "bash":
        code = (f"{scripts(directory, shell)}; COMP_WORDS=({' '.join(w or chr(39) * 2 for w in words)}); "
                f"COMP_CWORD={len(words) - 1}; {words[0].replace('-', '_').join(['_', ''])}; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        argv = ["bash", "--norc", "-c", code]
    else:
        argv = ["fish", "--no-config", "-c", f"{scripts(directory, shell)}; complete -C '{line}'"]
    done = subprocess.run(argv, cwd=directory, capture_output=True, text=True,
                          env={**os.environ, "HOME": str(directory), "XDG_CONFIG_HOME": str(directory)})
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return {text.split("\t")[0] for text in done.stdout.splitlines()}


@pytest.mark.parametrize("shell", ["bash", "fish"])
@pytest.mark.parametrize("line, wanted, unwanted", LINES, ids=[line for line, _, _ in LINES])
def test_a_shell_completes(tmp_path, shell, line, wanted, unwanted):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    found = offers(shell, tmp_path, line)
    assert wanted <= found and not unwanted & found


# zsh's own completion needs a terminal: its helpers are asked instead what they were told.
ZSH = """
compdef() { registered+=($1) }
_describe() { print -rl -- "${(@)${(@P)2}%%:*}" }
_arguments() { print -rl -- "${@%%\\[*}"; [[ ${(j. .)@} == *_files* ]] && print -r -- _files; return 0 }
"""


@pytest.mark.parametrize("words, wanted", [
    (("suoyinctl", ""), {"migrate", "dlq", "extract"}),
    (("suoyinctl", "migrate", ""), {"up", "status"}),
    (("suoyinctl", "dlq", "export", "-"), {"--output=", "--all", "_files"}),
    (("suoyinctl", "validate", "x"), {"--help", "_files"}),
    (("suoyin-worker", "-"), {"--log.level=", "--config=", "_files"}),
])
def test_zsh_is_told_the_same(tmp_path, words, wanted):
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    code = (f"{ZSH}\n{scripts(tmp_path, 'zsh')}\nwords=({' '.join(w or chr(39) * 2 for w in words)}); "
            f"CURRENT={len(words)}; _{words[0]}")
    done = subprocess.run(["zsh", "-f", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert wanted <= set(done.stdout.split())


def test_completion_is_for_shells_only():
    assert run("suoyinctl", "completion", "tcsh").returncode == 2
    assert run("suoyinctl", "completion").returncode == 2
