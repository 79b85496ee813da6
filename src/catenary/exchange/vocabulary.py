"""The words of the Core Business Vocabulary, and how JSON and XML spell them.

One word has up to four spellings: bare (`receiving`, JSON), URN (`urn:epcglobal:cbv:bizstep:…`,
XML), web address (`https://ref.gs1.org/cbv/BizStep-…`) and short (`cbv:BizStep-…`,
`gs1:Temperature`).

References
----------
GS1, Core Business Vocabulary Standard 2.0, sections 7 and 8; EPCIS Standard 2.0, section 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["BARE_PATTERN", "CBV", "GS1", "VOCABULARIES", "Vocabulary", "vocabulary_pattern"]

CBV: Final = "https://ref.gs1.org/cbv/"
GS1: Final = "https://gs1.org/voc/"
BARE_PATTERN: Final = r"[A-Za-z][A-Za-z0-9+.-]*:"
"""How an address begins, which a bare word never does."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One list of words.

    Parameters
    ----------
    name
        What the list is called in messages.
    words
        The bare words.
    web
        What stands before a word in its web address.
    urn
        What stands before it in its URN; empty where there is none.
    xml
        What stands before a bare word when it is written as XML.
    """

    name: str
    words: frozenset[str]
    web: str
    urn: str
    xml: str

    def full(self, value: str) -> str:
        """Return the web address of a word in any spelling; other values as they are.

        Examples
        --------
        >>> VOCABULARIES["bizStep"].full("receiving")
        'https://ref.gs1.org/cbv/BizStep-receiving'
        """
        if value in self.words:
            return self.web + value
        if self.urn and value.startswith(self.urn):
            return self.web + value[len(self.urn) :]
        if value.startswith("gs1:"):
            return GS1 + value[4:]
        return CBV + value[4:] if value.startswith("cbv:") else value

    def to_xml(self, value: str) -> str:
        """Return the spelling of a JSON value in XML; `from_xml` undoes it."""
        if value in self.words:
            return self.xml + value
        if self.xml == "gs1:" and value.startswith("gs1:"):
            return GS1 + value[4:]
        return value

    def from_xml(self, value: str) -> str:
        """Return the spelling of an XML value in JSON."""
        if value.startswith(self.xml) and value[len(self.xml) :] in self.words:
            return value[len(self.xml) :]
        if self.xml == "gs1:" and value.startswith(GS1):
            return "gs1:" + value[len(GS1) :]
        return value


def _cbv(name: str, part: str, urn: str, words: str) -> Vocabulary:
    prefix = f"urn:epcglobal:cbv:{urn}:"
    return Vocabulary(name, frozenset(words.split()), f"{CBV}{part}-", prefix, prefix)


def _gs1(name: str, words: str) -> Vocabulary:
    return Vocabulary(name, frozenset(words.split()), GS1, "", "gs1:")


_DISPOSITION: Final = _cbv(
    "disposition",
    "Disp",
    "disp",
    """active available completeness_inferred completeness_verified conformant container_closed
    container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit
    inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement no_pedigree_match
    non_conformant non_sellable_other partially_dispensed recalled reserved retail_sold returned
    sellable_accessible sellable_not_accessible stolen unavailable unknown""",
)

VOCABULARIES: Final = {
    "bizStep": _cbv(
        "business step",
        "BizStep",
        "bizstep",
        """accepting arriving assembling collecting commissioning consigning creating_class_instance
        cycle_counting decommissioning departing destroying disassembling dispensing encoding
        entering_exiting holding inspecting installing killing loading other packing picking
        receiving removing repackaging repairing replacing reserving retail_selling sampling
        sensor_reporting shipping staging_outbound stock_taking stocking storing transporting
        unloading unpacking void_shipping""",
    ),
    "disposition": _DISPOSITION,
    "bizTransaction": _cbv(
        "type of business transaction",
        "BTT",
        "btt",
        "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt",
    ),
    "source": _cbv(
        "type of source or destination", "SDT", "sdt", "location owning_party possessing_party"
    ),
    "reason": _cbv("reason of an error", "ER", "er", "did_not_occur incorrect_data"),
    "component": _cbv(
        "component of a measurement",
        "Comp",
        "comp",
        """altitude axial_distance azimuth easting elevation_angle height latitude longitude
        northing polar_angle spherical_radius x y z""",
    ),
    "measurement": _gs1(
        "type of measurement",
        """AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
        AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity
        Area Capacitance Conductance Conductivity Count Density Dimensionless DoseEquivalent
        DoseEquivalentRate DynamicViscosity ElectricCharge ElectricCurrent ElectricCurrentDensity
        ElectricFieldStrength Energy Exposure Force Frequency Illuminance Inductance Irradiance
        KinematicViscosity Length LinearMomentum Luminance LuminousFlux LuminousIntensity
        MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate
        MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power
        Pressure RadiantFlux RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity
        SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque
        Voltage Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber""",
    ),
    "exception": _gs1("type of alert", "ALARM_CONDITION ERROR_CONDITION"),
}
"""Every vocabulary, by the field that uses it."""


def vocabulary_pattern(name: str) -> str:
    """Return the regular expression of what JSON may say: a bare word, or a user's own address.

    JSON forbids some spellings: URNs of the CBV and, for sensors, web addresses of the GS1
    vocabulary. Sensor words that are not in the list pass (examples of the standard itself use
    older ones); the semantic rules warn of them.

    Examples
    --------
    >>> import re
    >>> bool(re.search(vocabulary_pattern("reason"), "did_not_occur"))
    True
    >>> bool(re.search(vocabulary_pattern("reason"), "urn:epcglobal:cbv:er:did_not_occur"))
    False
    """
    vocabulary = VOCABULARIES[name]
    barred = (
        r"https?://(?:www\.)?gs1\.org/voc/"
        if vocabulary.xml == "gs1:"
        else r"urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/"
    )
    if name in {"measurement", "exception", "component"}:
        return rf"^(?!{barred})[^\s]"
    words = "|".join(sorted(vocabulary.words))
    return rf"^(?:(?:{words})$|(?!{barred}){BARE_PATTERN})"
