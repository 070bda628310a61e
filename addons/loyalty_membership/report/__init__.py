from . import member_archive
