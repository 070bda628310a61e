import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import * as PosLoyalty from "@pos_loyalty/../tests/tours/utils/pos_loyalty_util";
import * as ProductScreen from "@point_of_sale/../tests/pos/tours/utils/product_screen_util";
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("loyalty_membership_pos_spend", {
    steps: () =>
        [
            Chrome.startPoS(),
            Dialog.confirm("Open Register"),
            ProductScreen.addOrderline("Whiteboard Pen", "3"),
            ProductScreen.clickPartnerButton(),
            ProductScreen.clickCustomer("Li Na"),
            PosLoyalty.claimReward("Points as money"),
            PosLoyalty.hasRewardLine("Points as money", "-10.00", "1"),
            PosLoyalty.orderTotalIs("20.00"),
            PosLoyalty.finalizeOrder("Cash", "20"),

            // The screen has heard what the first order earned: 20 points, and no more.
            ProductScreen.addOrderline("Whiteboard Pen", "1"),
            ProductScreen.clickPartnerButton(),
            ProductScreen.clickCustomer("Li Na"),
            PosLoyalty.claimReward("Points as money"),
            PosLoyalty.hasRewardLine("Points as money", "-0.20", "1"),
            PosLoyalty.orderTotalIs("9.80"),
            PosLoyalty.finalizeOrder("Cash", "9.80"),

            // A customer who is no member pays, and stays none.
            ProductScreen.addOrderline("Whiteboard Pen", "1"),
            ProductScreen.clickPartnerButton(),
            ProductScreen.clickCustomer("Passer-by"),
            PosLoyalty.isRewardButtonHighlighted(false),
            PosLoyalty.finalizeOrder("Cash", "10"),
        ].flat(),
});
