"""Which resources set up an image repository."""

from policies._joins import Owner

REPOSITORY = ("aws:ecr/repository:Repository",)
TEMPLATE = ("aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",)
"""What ECR makes repositories from by itself, as for a pull through its cache."""
POLICY = ("aws:ecr/repositoryPolicy:RepositoryPolicy",)
LIFECYCLE = ("aws:ecr/lifecyclePolicy:LifecyclePolicy",)
SCANNING = ("aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",)

OWNER = Owner(REPOSITORY, "repository", ("name", "id"))
