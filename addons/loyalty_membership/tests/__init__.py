from . import (
    test_domain_doctests,
    test_domain_expiry,
    test_domain_explain,
    test_domain_fefo,
    test_domain_identity,
    test_domain_points,
    test_domain_rules,
    test_domain_seal,
    test_domain_tiers,
)
