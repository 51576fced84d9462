//! Where HelloLeads' newer API has what only automations ask for. Each is data, as all paths are; known by one source.

use serde::{Deserialize, Serialize};

/// The paths of `v1` that only automations use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MorePaths {
    pub follow_up: String,
    pub qualifiers: String,
    pub stages: String,
    pub tags: String,
    pub product_groups: String,
    pub customer_groups: String,
    pub set_stage: String,
    pub set_potential: String,
    pub set_customer_group: String,
    pub set_product_groups: String,
}

impl Default for MorePaths {
    fn default() -> Self {
        Self {
            follow_up: "/leads/followup".into(),
            qualifiers: "/leads/qualifiers".into(),
            stages: "/org/leadStages".into(),
            tags: "/org/tags".into(),
            product_groups: "/org/productGroups".into(),
            customer_groups: "/org/customerGroups".into(),
            set_stage: "/BulkQualifier/updateLeadStage".into(),
            set_potential: "/BulkQualifier/updatePotential".into(),
            set_customer_group: "/BulkQualifier/updateCustomerGroup".into(),
            set_product_groups: "/BulkQualifier/updateProductGroups".into(),
        }
    }
}
