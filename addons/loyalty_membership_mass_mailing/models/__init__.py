from . import mail_mail, mailing_trace, mailing_trace_report
