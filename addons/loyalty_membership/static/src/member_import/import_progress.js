/** @odoo-module **/
// How far an import has come; while it is under way the record is read again every other second.

import {Component, onWillUnmount, useEffect} from "@odoo/owl";
import {ConnectionLostError} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

export class ImportProgress extends Component {
    static template = "loyalty_membership.ImportProgress";
    static props = {...standardFieldProps, text: {type: String}, running: {type: Array}};

    setup() {
        useEffect(
            (running) => {
                clearTimeout(this.timer);
                if (running) {
                    this.wait();
                }
            },
            () => [this.running]
        );
        onWillUnmount(() => clearTimeout(this.timer));
    }

    wait() {
        this.timer = setTimeout(async () => {
            if (!this.props.record.dirty) {
                await this.look();
            }
            if (this.running) {
                this.wait();
            }
        }, 2000);
    }

    async look() {
        try {
            await this.props.record.load();
        } catch (error) {
            // The server is away for a moment: the import goes on when it is back, and so does the bar.
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
        }
    }

    get running() {
        return this.props.running.includes(this.props.record.data.state);
    }

    get percent() {
        return Math.floor(this.props.record.data[this.props.name]);
    }

    get text() {
        return this.props.record.data[this.props.text];
    }

    get unknown() {
        return this.props.record.data.state === "reading";
    }
}

registry.category("fields").add("loyalty_import_progress", {
    component: ImportProgress,
    supportedTypes: ["float"],
    extractProps: ({options}) => ({text: options.text, running: options.running}),
});
