"""The identities of Kubernetes workloads."""

from sandbox.aws.kind import Call, Get, Kind, Tags

_OF_CLUSTER = {"clusterName": "{clusterName}", "associationId": "{associationId}"}

KINDS = (
    Kind(
        token="aws:eks/podIdentityAssociation:PodIdentityAssociation",
        client="eks",
        id="{associationId}",
        emulated=False,
        create=(Call("create_pod_identity_association"),),
        update=(Call("update_pod_identity_association", _OF_CLUSTER),),
        read=(Get("describe_pod_identity_association", _OF_CLUSTER, at="association"),),
        delete=(Call("delete_pod_identity_association", _OF_CLUSTER),),
        tags=Tags("tag_resource", "untag_resource", {"resourceArn": "{associationArn}"}, "tags", "tagKeys"),
        outputs={
            "associationArn": "arn:aws:eks:{region}:{account}:podidentityassociation/{clusterName}/{associationId}"
        },
        invented={"associationId": "a-"},
    ),
)
