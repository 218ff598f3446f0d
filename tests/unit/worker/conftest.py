"""The Worker's modules import names that only its runtime has, so doubles of those are installed before its tests load."""

from support.javascript import install

install()
