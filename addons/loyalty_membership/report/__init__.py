from . import member_archive, member_statement
