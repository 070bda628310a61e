import { Component, useEffect, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const EVERY = 3000;

/** Reads a form's record anew while its job runs, so that the progress bar moves. */
class LoyaltyRunning extends Component {
    static template = xml`<span/>`;
    static props = { ...standardWidgetProps };

    setup() {
        useEffect(
            (running) => {
                const timer = running && setInterval(() => this.reload(), EVERY);
                return () => clearInterval(timer);
            },
            () => [this.props.record.data.state === "running" && !this.props.record.data.paused]
        );
    }

    async reload() {
        if (!document.hidden && !(await this.props.record.isDirty())) {
            await this.props.record.load();
        }
    }
}

registry.category("view_widgets").add("loyalty_running", { component: LoyaltyRunning });
