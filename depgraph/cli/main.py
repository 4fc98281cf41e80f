"""The command line: a group that loads a command only when it is called.

``depgraph --help`` must cost no more than a bare click program, so this module imports nothing
heavy and each command's module is imported by name when the command runs.
"""

import importlib
import traceback
from typing import Any

import click
from click.shell_completion import CompletionItem

from depgraph import __version__
from depgraph.cli.notes import note
from depgraph.core.errors import (
    DepgraphError,
    InfeasibleError,
    QuestionError,
    StudyError,
    UnknownNameError,
    printable,
)
from depgraph.core.quiet import let_go, shut_for_good

NAMES = "depgraph.cli.completions"

# name -> (module, one line of help); a test holds the lines against the commands
COMMANDS = {
    "check": ("depgraph.cli.study", "List every problem of the study, with file and line."),
    "verify": ("depgraph.cli.study", "Hold every claim's locator against the texts."),
    "new": ("depgraph.cli.study", "Make an empty study."),
    "doctor": ("depgraph.cli.study", "Show versions, solvers that really ran, and the data hash."),
    "sources": ("depgraph.cli.tables", "List the source documents and publications."),
    "claims": ("depgraph.cli.tables", "List the claims."),
    "figures": ("depgraph.cli.tables", "List the public figures."),
    "assumptions": ("depgraph.cli.tables", "List the assumptions and the lexicon."),
    "estimates": ("depgraph.cli.tables", "List the shares that evidence supports, with ranges."),
    "stages": ("depgraph.cli.tables", "Show who makes what at each stage."),
    "chokepoints": (
        "depgraph.cli.chokepoints",
        "Rank what a bloc loses if one economy stops supplying one stage.",
    ),
    "said": ("depgraph.cli.said", "Say what the sources say, by whom and how strongly, beside what the figures say."),
    "panel": ("depgraph.cli.analysis", "Hold named rules side by side on the same stage."),
    "leverage": ("depgraph.cli.analysis", "Hold what the rival could stop against what the bloc could stop."),
    "strengths": ("depgraph.cli.strengths", "Say what each member of a bloc brings and what others lack."),
    "structure": ("depgraph.cli.shape", "Name the suppliers and stages whose loss alone stops a stage."),
    "exposure": ("depgraph.cli.shape", "Look through the chains of a stage to what is hidden upstream."),
    "shock": ("depgraph.cli.shock", "Follow a shock through the stages, round by round."),
    "survive": ("depgraph.cli.survive", "Hold the time to survive a stop against the time to recover from it."),
    "interdict": ("depgraph.cli.shock", "Find the removals that cost a bloc most."),
    "divert": ("depgraph.cli.divert", "Compute how a bloc could route trade around its rival."),
    "compare": ("depgraph.cli.grids", "Say what differs between two scenarios and which setting explains it."),
    "sweep": ("depgraph.cli.grids", "Run a scenario over a grid of one or two settings."),
    "trade": ("depgraph.cli.trade", "Read bilateral trade in the shape of CEPII's BACI."),
    "report": ("depgraph.cli.report", "Write one self-contained HTML page with every finding, chart and trail."),
    "why": ("depgraph.cli.why", "Show what a number rests on and what rests on it."),
    "export": ("depgraph.cli.export", "Write the study and its results for other programs."),
    "graph": ("depgraph.cli.graph", "Write a graph: what the sources say, or what depends on what."),
    "cite": ("depgraph.cli.cite", "Print how to cite depgraph, its data and its sources."),
    "completion": ("depgraph.cli.completion", "Print the script that completes commands and names in a shell."),
}


class LazyGroup(click.Group):
    """A group that imports the module of a command when it is first needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, in the order in which they are mostly used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = module.COMMANDS[cmd_name]
        # in a raw docstring click's mark for text that is not wrapped is two characters; what it marks,
        # the example, goes to the end of the help
        text, mark, example = (command.help or "").partition("\\b\n")
        if mark:
            command.help, command.epilog = text.rstrip(), f"\b\n{example}"
        if ctx.resilient_parsing:  # a shell asks for completions
            importlib.import_module(NAMES).offer_names(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands without importing any, or the options."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        found = ((name, text) for name, (_, text) in COMMANDS.items() if name.startswith(incomplete))
        return [CompletionItem(name, help=text) for name, text in found]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a name that is none is answered with the nearest.

        Raises
        ------
        click.UsageError
            If there is no such command.
        """
        if args and args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(str(UnknownNameError("command", args[0], COMMANDS)), ctx)
        if ctx.resilient_parsing and (light := importlib.import_module(NAMES).stand_in(args)):
            return args[0], light, args[1:]
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run a command and turn the package's errors into messages and exit codes.

        1 for problems of the study and for a question without a plan, 2 for a name that is not
        known and for options that cannot be read, 3 for everything else that keeps an answer from
        being computed.

        Raises
        ------
        BrokenPipeError
            If the reader of the output has gone; click ends the program silently.
        ClickException
            Click itself prints the message and sets the exit code; so it does for the next two.
        Abort
            If the user interrupts.
        Exit
            If the command asks for an exit code.
        """
        try:
            return super().invoke(ctx)
        except StudyError as error:
            _report_problems(error)
            # what was typed is no file: a wrong option is wrong usage
            ctx.exit(2 if all(problem.file.startswith("--") for problem in error.problems) else 1)
        except (UnknownNameError, QuestionError) as error:
            _fail(ctx, str(error), 2)
        except InfeasibleError as error:
            _fail(ctx, str(error), 1)
        except DepgraphError as error:
            _fail(ctx, str(error), 3)
        except (BrokenPipeError, click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except OSError as error:
            _fail(ctx, f"{error.filename or 'output'}: {error.strerror or error}", 3)
        except Exception as error:  # noqa: BLE001 - the last door: no traceback ever reaches a user
            _fail(ctx, f"a fault of depgraph itself, please report it: {_place(error)}", 3)


def _fail(ctx: click.Context, message: str, code: int) -> None:
    """Print a message and leave with an exit code."""
    note(f"Error: {printable(message)}")
    ctx.exit(code)


def _place(error: Exception) -> str:
    """Say what was raised and where."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({frame.filename.rpartition('/')[2]}:{frame.lineno})"


def _report_problems(error: StudyError) -> None:
    """Print every problem of a study and their number."""
    for problem in error.problems:
        note(str(problem))
    count = len(error.problems)
    note(f"{count} problem{'s' if count != 1 else ''}: nothing was computed")


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--study",
    "folder",
    metavar="DIR",
    type=click.Path(),  # for completion; whether it is a study is seen when it is read
    envvar="DEPGRAPH_STUDY",
    help="Folder with seeds/ and datasets/; without it the study that came with the package.",
)
@click.version_option(__version__, prog_name="depgraph")
@click.pass_context
def main(ctx: click.Context, folder: str | None) -> None:
    """Turn claims about supply chains into chokepoints one can walk back to their sources.

    Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 the
    study has problems, 2 wrong usage, 3 no answer could be computed.

    \b
    Example:
      depgraph chokepoints --product drones --top 10
    """  # noqa: D301 - click's mark for text that is not wrapped
    ctx.obj = folder


def entry() -> None:
    """Run the command line as a program: what native code prints never reaches the data."""
    shut_for_good()
    try:
        main()
    finally:
        let_go()
