"""The command ``scripts/view.py``: what the user asks for is checked before the scene is built."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence

from pushgrasp.program import readable_errors


def main(description: str, argv: Sequence[str] | None = None) -> None:
    """Open the viewer and run until the user closes it."""
    with readable_errors():
        args, overrides = parse_args(description, argv)
        from pg_tasks.app import session
        from pg_tasks.app.checkpoints import find_checkpoint
        from pg_tasks.app.policies import choose_policy, trained

        from . import backends
        from .run import run

        name = backends.chosen_backend(args.visualizer)
        backends.check_backend(name, args.host, args.port)
        args.visualizer, args.num_envs = [name], args.num_envs or 1
        env_cfg, agent_cfg = session.resolve(args, overrides)
        checkpoint = find_checkpoint(args, agent_cfg)
        chosen = [] if checkpoint is None else [trained("trained", checkpoint, agent_cfg, overrides)]
        chosen += [choose_policy(args.policy, agent_cfg, None, args.time_budget, overrides)] if args.policy else []
        env_cfg.sim.visualizer_cfgs = [backends.visualizer_cfg(name, args.host, args.port)]
        closing = contextlib.suppress(KeyboardInterrupt)
        with _server(name, args), session.environment(args, env_cfg) as env, closing:
            run(name, args, env, chosen)


def parse_args(description: str, argv: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Return flags and overrides.

    Raises:
        UserError: On any mistake, a value that a flag does not take included.
    """
    from pg_tasks.app.arguments import TIME_BUDGET, make_parser, parse
    from pg_tasks.app.parser import not_negative, positive, seconds

    parser = make_parser(description)
    parser.add_argument("--checkpoint", help="let a trained policy act, too: pretrained, latest, best, or a file")
    parser.add_argument(
        "--policy", help="let another policy act, too: epg, switch, mpg, opg, twin, oracle, or package.module:Class"
    )
    parser.add_argument("--load_run", help="run to take the policy from: folder, name or pattern")
    parser.add_argument("--time_budget", type=seconds, help=TIME_BUDGET)
    parser.add_argument("--trial_seed", type=not_negative, default=1000, help="seed of the first scene")
    parser.add_argument("--host", default="127.0.0.1", help="where viser and rerun listen (default: this machine only)")
    parser.add_argument("--port", type=positive, help="port of the web page (default: viser 8080, rerun 9090)")
    return parse(parser, argv)


def _server(name: str, args: argparse.Namespace) -> contextlib.AbstractContextManager[None]:
    """Return what has to run beside the simulation."""
    from .backends import ports
    from .rerun_server import rerun_server

    return rerun_server(args.host, *ports(name, args.port)) if name == "rerun" else contextlib.nullcontext()
