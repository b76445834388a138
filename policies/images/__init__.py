"""Rules on registries of container images."""

from policies._rule import Rule
from policies.images import (
    images_open_to_strangers,
    images_without_customer_key,
    images_without_expiry,
    mutable_image_tags,
    unscanned_images,
)

RULES: tuple[Rule, ...] = (
    mutable_image_tags.RULE,
    unscanned_images.RULE,
    images_without_customer_key.RULE,
    images_open_to_strangers.RULE,
    images_without_expiry.RULE,
)
