from components import AdmissionPolicies
from policies.admission import objects
from policies.profiles import PROFILES
from tests.components.conftest import TAGS, Recorder, Run


def test_each_binding_comes_after_every_policy_before_it_and_the_controllers(recorder: Recorder, run: Run) -> None:
    manifests = objects(PROFILES["prod"])
    run(lambda: AdmissionPolicies("door", {"manifests": manifests, "tags": TAGS}))
    bindings = recorder.of("ValidatingAdmissionPolicyBinding")
    assert len(bindings) == len(recorder.of("ValidatingAdmissionPolicy")) == len(manifests) / 2 > 1
    for one in bindings:
        assert f"ValidatingAdmissionPolicy door-{one.inputs['spec']['policyName']}" in one.depends


def test_the_objects_are_what_was_given_with_the_tags_as_labels(recorder: Recorder, run: Run) -> None:
    given = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "y"}, "data": {"a": "b"}}
    run(lambda: AdmissionPolicies("door", {"manifests": [given], "tags": TAGS}))
    (made,) = recorder.of("ConfigMap")
    labels = made.inputs["metadata"].pop("labels")
    assert labels == {**TAGS, "component": "door", "managed-by": "pulumi"}
    assert made.inputs == {**given, "metadata": {"name": "x", "namespace": "y"}}
