import { registry } from "@web/core/registry";

// Odoo gives a step 10 s: too little for a machine that runs other tests at the same time.
const PATIENCE = 60000;

registry.category("web_tour.tours").add("loyalty_shop", {
    steps: () =>
        [
            {
                content: "Search a member by phone",
                trigger: ".o_list_view .o_searchview_input",
                run: "edit 138 0013 8001",
            },
            {
                trigger: ".o_searchview_autocomplete .o-dropdown-item:contains(Number, Phone Or Name)",
                run: "click",
            },
            {
                content: "Only this member is left; open them",
                trigger: ".o_list_view:not(:has(.o_data_row:eq(1))) .o_data_row .o_data_cell:contains(Wang Wei)",
                run: "click",
            },
            {
                content: "The balance is shown",
                trigger: ".o_loyalty_figures .o_loyalty_value:contains(1,250)",
            },
            {
                content: "So is the way to the next tier",
                trigger: ".o_loyalty_next_tier:contains(750):contains(points more to reach):contains(Tier 1)",
            },
            {
                content: "The ledger explains itself",
                trigger: ".o_data_row:contains(Purchase: 1250):contains(1,250)",
            },
            {
                trigger: "button[name=action_freeze]",
                run: "click",
            },
            {
                content: "Nobody is frozen without a reason",
                trigger: ".modal .o_field_widget[name=reason] input",
                run: "edit The card was lost",
            },
            {
                trigger: ".modal button[name=action_apply]:visible",
                run: "click",
            },
            {
                trigger: ".ribbon:contains(Frozen)",
            },
            {
                trigger: ".o_form_sheet .alert:contains(The card was lost)",
            },
            {
                trigger: "button[name=action_reactivate]",
                run: "click",
            },
            {
                trigger: ".modal .o_field_widget[name=reason] input",
                run: "edit Found again",
            },
            {
                trigger: ".modal button[name=action_apply]:visible",
                run: "click",
            },
            {
                trigger: "button[name=action_freeze]",
            },
        ].map((step) => ({ timeout: PATIENCE, ...step })),
});
