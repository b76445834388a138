"""The stages of a first deployment: what is made in which, and what is left out until then."""

from itertools import pairwise

import pytest

import components
from policies.admission import objects
from policies.profiles import profile_of
from stacks.settings import Settings
from stacks.stages import COMPONENTS, SECTIONS, Stage, reached, stage_of, stages
from tests.components.conftest import Recorder, Registered
from tests.stacks.test_foundation import wired
from tests.stacks.test_settings import shipped

TABLE = {component: stage for stage, made in COMPONENTS.items() for component in made}
ORDER = list(Stage)


@pytest.fixture(scope="module", params=["local", "dev", "staging", "prod"])
def found(request: pytest.FixtureRequest) -> Recorder:
    return wired(shipped(request.param), admission=objects(profile_of(request.param)))


def test_only_the_doors_of_databases_wait_for_a_later_stage(found: Recorder) -> None:
    """They let the cluster in, so they are left out until it is there; everything else has what it needs by then."""
    above = {one.title: one for one in found.found if one.type.startswith("ml-platform:")}
    made = {one.title: one for one in found.found if one.type.startswith(("aws:", "kubernetes:"))}

    def stage(one: Registered) -> Stage:
        while one.parent in above:
            one = above[one.parent]
        return TABLE.get(one.kind, Stage.FOUNDATION)

    waiting = {
        one.kind
        for one in made.values()
        for need in one.depends & made.keys()
        if ORDER.index(stage(made[need])) > ORDER.index(stage(one))
    }
    assert waiting <= {"SecurityGroupIngressRule"}


@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
def test_a_program_until_a_stage_makes_the_components_of_the_stages_so_far(environment: str) -> None:
    """What a state has reached is read from these components, so that no `up` asks for less."""
    made: dict[Stage, set[str]] = {}
    for stage in stages(Settings.parse(shipped(environment))):
        found = wired(shipped(environment), admission=objects(profile_of(environment)), until=stage)
        made[stage] = {one.kind for one in found.found if one.parent.startswith("Stack ")}
        urns = [f"urn:pulumi:a::ml-platform::{one.type}::{one.name}" for one in found.found if one.kind in made[stage]]
        assert reached(urns) is stage
        assert all(stage.covers(TABLE.get(kind, Stage.FOUNDATION)) for kind in made[stage])
    sets = list(made.values())
    assert all(below < above for below, above in pairwise(sets))


def test_every_component_of_the_table_exists_and_is_in_one_stage() -> None:
    assert TABLE.keys() <= set(components.__all__)
    assert len(TABLE) == sum(map(len, COMPONENTS.values()))


def test_every_section_of_the_table_is_one_of_the_settings() -> None:
    known = {str(field.alias) for field in Settings.model_fields.values()}
    named = [section for sections in SECTIONS.values() for section in sections]
    assert set(named) <= known
    assert len(named) == len(set(named))
    assert stage_of("services.fraud.image") is Stage.MODELS
    assert stage_of("notifications.page.0.endpoint") is Stage.FOUNDATION


def test_a_stack_of_one_layer_has_the_stages_of_that_layer() -> None:
    assert stages(Settings.parse(shipped("dev"))) == ORDER
    assert stages(Settings.from_file("dev-platform")) == [Stage.STORES, Stage.CLUSTER, Stage.PLATFORM]
    assert stages(Settings.from_file("dev-models")) == [Stage.MODELS]


def test_a_state_says_how_far_it_has_come() -> None:
    start = "urn:pulumi:dev::ml-platform::ml-platform:index"
    assert reached([]) is None
    assert reached([f"{start}:KeyRing::keys", f"{start}:KeyRing$aws:kms/key:Key::a"]) is Stage.FOUNDATION
    # The identity of MLflow belongs to the platform, whose child it is; that of a workload to the models.
    nested = f"{start}:ModelRegistry$ml-platform:index:WorkloadIdentity::model-registry-mlflow"
    assert reached([nested]) is Stage.PLATFORM
    assert reached([nested, f"{start}:WorkloadIdentity::workload-trainer"]) is Stage.MODELS
