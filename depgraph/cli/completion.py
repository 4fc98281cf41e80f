"""The command that prints the script of a shell."""

import click
from click.shell_completion import get_completion_class

from depgraph.cli.common import put

PROGRAM = "depgraph"
VARIABLE = "_DEPGRAPH_COMPLETE"
SHELLS = ("bash", "zsh", "fish")

# Bash takes a colon for the end of a word and does not quote what it inserts; identifiers hold
# colons and names of economies blanks, so its words are put together here and its answers quoted.
BASH = """\
_depgraph_completion() {
    local IFS=$'\\n' answer type value word number
    local -a words=()
    for ((number = 0; number <= COMP_CWORD; number++)); do
        if ((number)) && [[ ${COMP_WORDS[number]} == :* || ${COMP_WORDS[number - 1]} == *: ]]; then
            words[${#words[@]} - 1]+=${COMP_WORDS[number]}
        else
            words+=("${COMP_WORDS[number]}")
        fi
    done
    word=${words[${#words[@]} - 1]}
    COMPREPLY=()
    for answer in $(env COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words[@]} - 1)) \\
        _DEPGRAPH_COMPLETE=bash_complete "$1" 2>/dev/null); do
        type=${answer%%,*}
        value=${answer#*,}
        if [[ $type == dir ]]; then
            compopt -o dirnames
        elif [[ $type == file ]]; then
            compopt -o default
        else
            [[ $word == *:* ]] && value=${value#"${word%"${word##*:}"}"}
            [[ $word == [\\"\\']* ]] || printf -v value %q "$value"
            COMPREPLY+=("$value")
        fi
    done
}

complete -o nosort -F _depgraph_completion depgraph
"""


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    r"""Print the script that completes commands, options and names of the study in a shell.

    Load it where the shell starts: eval "$(depgraph completion bash)" in ~/.bashrc, the same with
    zsh in ~/.zshrc; for fish save it as ~/.config/fish/completions/depgraph.fish.

    \b
    Examples:
      depgraph completion bash
      depgraph completion fish
    """
    put(script(context.find_root().command, shell).encode(), None)


def script(program: click.Command, shell: str) -> str:
    """Return the script of a shell.

    Parameters
    ----------
    program
        The group of all commands.
    shell
        One of `SHELLS`.

    Returns
    -------
    str
        To be sourced.
    """
    if shell == "bash":
        return BASH
    maker = get_completion_class(shell)
    assert maker is not None
    return maker(program, {}, PROGRAM, VARIABLE).source()


COMMANDS = {"completion": completion}
