"""What served models have in common, whatever program serves them."""

from collections.abc import Callable
from typing import Any

import pulumi

from components import _served_plan as served
from components import _serving as serving
from components._component import Component, after
from components._governance import problem
from components._kubernetes import custom, labels
from components._served_args import refusal
from components.workload_identity import WorkloadIdentity


class Served(Component):
    """A component that makes a model's pods, its ways in and its scaling."""

    def _serve(self, args: Any, program: Callable[[], served.Program]) -> None:
        """Make all of it, and finish with the outputs `url`, `host`, `rollout_name` and `role_arn`.

        Args:
            args: `ModelServiceArgs` or `LlmServiceArgs`.
            program: Gives what serves the model; asked once the arguments are known to go together.

        Raises:
            ValueError: The arguments do not go together.
        """
        model, place, door, gateway = args["model"], args["place"], args.get("door"), args.get("gateway")
        if text := refusal(model, args["version"], args["image"], args["rollout"], args["scaling"], door, gateway):
            raise ValueError(f"{type(self).__name__} {self._name!r}: {text}")
        versions = {"provenance": args["provenance"]}
        if candidate := args["rollout"].get("candidate"):
            versions["rollout.candidate.provenance"] = candidate["provenance"]
        if text := problem(args["system"], versions):
            raise ValueError(f"{type(self).__name__} {self._name!r}: {text}")
        plan = served.Plan(
            model,
            args["version"],
            args["image"],
            args["model_uri"],
            program(),
            args["rollout"],
            args["scaling"],
            place,
            labels(self._tags),
            args["system"],
            args["provenance"],
            args.get("captures_uri"),
            door,
            gateway,
        )
        identity = WorkloadIdentity(self._name, serving.identity(plan, args["grants"], args["tags"]), self._child())
        done: list[Any] = [identity, *args.get("after", [])]
        for wave in (serving.around(plan), serving.pods(plan), serving.over(plan)):
            done += [custom(f"{self._name}-{key}", one, self._child(done)) for key, one in wave.items()]
        ways = [one["host"] for one in (door, gateway) if one]
        self._finish(
            url=after(f"http://{model}.{place['namespace']}.svc", *done[-1:]),
            host=pulumi.Output.from_input(ways[0] if ways else None),
            rollout_name=after(model, *done[-1:]),
            role_arn=identity.role_arn,
        )
