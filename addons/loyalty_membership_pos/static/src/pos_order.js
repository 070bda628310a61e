import { PosOrder } from "@point_of_sale/app/models/pos_order";
import { patch } from "@web/core/utils/patch";

patch(PosOrder.prototype, {
    /** A membership has no conditional rules, without which Odoo would offer its rewards to nobody. */
    _programIsApplicable(program) {
        if (!program.is_membership) {
            return super._programIsApplicable(...arguments);
        }
        const pricelists = program.pricelist_ids;
        return (
            Boolean(this.getPartner()) &&
            (!pricelists.length || pricelists.some((pricelist) => pricelist.id === this.pricelist_id?.id))
        );
    },
});
